import { describe, expect, it } from "vitest";
import { approximate, figure, MISSING, money, plain, price, quantity, round, share, short, signOf, sum } from "../src/format/number";

/** The same numbers in every run: a failure can be found again. */
function* draws(count: number, seed = 20261121): Generator<{ text: string; digits: number }> {
  let state = seed;
  const next = (most: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % most;
  };
  for (let at = 0; at < count; at += 1) {
    const whole = Array.from({ length: next(16) }, () => next(10)).join("") || "0";
    const part = Array.from({ length: next(12) }, () => (next(3) ? next(10) : 9)).join("");
    yield { text: `${next(2) ? "-" : ""}${whole}${part ? `.${part}` : ""}`, digits: next(9) };
  }
}

const ODD = [null, undefined, "", " ", "NaN", "Infinity", "-Infinity", "abc", "1,2", "--1", "0x10", Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe("figure", () => {
  it("never shows a negative zero, NaN, infinity or an exponent", () => {
    for (const { text, digits } of draws(5000)) {
      for (const shown of [figure(text, { digits }), figure(text, { digits, signed: true }), money(text, "USD"), share(text), short(text, "USD")]) {
        expect(shown).not.toMatch(/NaN|Infinity|undefined|null|[eE]/);
        expect(shown).not.toMatch(/^−[^1-9]*$/);
        expect(shown).not.toMatch(/^\+[^1-9]*$/);
      }
    }
  });

  it("rounds exact decimals by their digits: within half of the last place, never through a float", () => {
    for (const { text, digits } of draws(3000)) {
      const scale = 10n ** 14n;
      const exact = (value: string) => {
        const [, sign = "", whole = "0", part = ""] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(value) ?? [];
        const amount = BigInt(whole) * scale + BigInt(part.padEnd(14, "0"));
        return sign ? -amount : amount;
      };
      const shown = figure(text, { digits }).replace(/,/g, "").replace("−", "-");
      const off = exact(shown) - exact(text);
      expect((off < 0n ? -off : off) * 2n * 10n ** BigInt(digits) <= scale).toBe(true);
    }
  });

  it("has as many places as asked for and a comma at every third digit", () => {
    for (const { text, digits } of draws(2000)) {
      const [whole = "", part = ""] = figure(text, { digits }).replace("−", "").split(".");
      expect(part).toHaveLength(digits);
      expect(whole).toMatch(/^\d{1,3}(,\d{3})*$/);
      expect(whole === "0" || !whole.startsWith("0")).toBe(true);
    }
  });

  it("shows a dash where there is no finite number", () => {
    for (const odd of ODD) {
      expect(figure(odd, { digits: 2 })).toBe(MISSING);
      expect(money(odd, "USD", { signed: true })).toBe(MISSING);
      expect(share(odd)).toBe(MISSING);
      expect(signOf(odd)).toBe(0);
      expect(approximate(odd)).toBe(0);
    }
  });

  it("reads floats of any size", () => {
    expect(figure(1e21, { digits: 0 })).toBe("1,000,000,000,000,000,000,000");
    expect(figure(1.5e-7, { digits: 8 })).toBe("0.00000015");
    expect(figure(-0, { digits: 2 })).toBe("0.00");
    expect(plain(-2.5e-9)).toBe("-0.0000000025");
  });

  it("carries over all nines", () => {
    expect(figure("999.995", { digits: 2 })).toBe("1,000.00");
    expect(figure("-0.005", { digits: 2 })).toBe("−0.01");
    expect(figure("-0.0049", { digits: 2 })).toBe("0.00");
    expect(round("9.99", 0)).toEqual({ sign: 1, whole: "10", part: "" });
  });
});

describe("money, prices and shares", () => {
  it("uses the smallest unit of the currency", () => {
    expect(money("1234.5", "USD")).toBe("$1,234.50");
    expect(money("-71200.4", "KRW", { signed: true })).toBe("−₩71,200");
    expect(money("12.5", "USD", { signed: true })).toBe("+$12.50");
    expect(money("0.00000001", "BTC")).toBe("0.00000001\u00a0BTC");
    expect(money("3", "CHF")).toBe("3.00\u00a0CHF");
  });

  it("uses the places of the instrument", () => {
    expect(price("1.0842", 5)).toBe("1.08420");
    expect(price("71200", 0)).toBe("71,200");
    expect(quantity("0.25000000")).toBe("0.25");
    expect(quantity("1200")).toBe("1,200");
  });

  it("moves the point of a share without a float", () => {
    expect(share(0.0123, { signed: true })).toBe("+1.23%");
    expect(share("0.00004", { signed: true })).toBe("0.00%");
    expect(share(-0.5)).toBe("−50.00%");
    expect(share(1)).toBe("100.00%");
  });

  it("shortens what is large", () => {
    expect(short("9999", "USD")).toBe("$9,999");
    expect(short("108115.74", "USD")).toBe("$108k");
    expect(short("-1240000", "USD")).toBe("−$1.24M");
    expect(short("12.5", "USD")).toBe("$12.50");
    expect([100000, 100500, 101000].map((one) => short(one, "USD", 500))).toEqual(["$100.0k", "$100.5k", "$101.0k"]);
    expect(short("1240000", "USD", 1000)).toBe("$1.240M");
  });
});

describe("sum", () => {
  it("adds exactly what floats cannot", () => {
    expect(sum(["0.1", "0.2"])).toBe("0.3");
    expect(sum(["-0.1", "0.1"])).toBe("0.0");
    expect(sum(["99999999999999.99", "0.01"])).toBe("100000000000000.00");
    expect(sum([null, "1", "abc"])).toBe("1");
    expect(sum([])).toBeNull();
  });

  it("does not depend on the order", () => {
    const texts = [...draws(400)].map((one) => one.text);
    const exact = (value: string | null) => figure(value, { digits: 12 });
    expect(exact(sum(texts))).toBe(exact(sum([...texts].reverse())));
  });
});
