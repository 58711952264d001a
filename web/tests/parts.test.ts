import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Account, Bar, Decision } from "../src/api/types";
import { fill } from "../src/i18n";
import { barOf, merge } from "../src/pages/chart";
import { fold, isRefused, significant } from "../src/pages/decisions";
import { FIRST, request, wrong } from "../src/pages/deploy";
import { options, problemOf } from "../src/pages/options-form";
import { combine, stack } from "../src/pages/overview";
import { link, parse } from "../src/route";
import { csv, held, sorted } from "../src/ui/order";

describe("catalogues", () => {
  const read = (name: string) => JSON.parse(readFileSync(new URL(`../public/${name}.json`, import.meta.url), "utf8")) as Record<string, string>;
  const [en, ko] = [read("en"), read("ko")];

  it("have the same names, and the same places to fill", () => {
    expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort());
    const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).sort();
    for (const [name, text] of Object.entries(en)) expect({ name, places: places(ko[name] ?? "") }).toEqual({ name, places: places(text) });
  });

  it("have no empty text", () => {
    for (const text of [...Object.values(en), ...Object.values(ko)]) expect(text.trim()).not.toBe("");
  });

  it("fill by name and leave what is unknown", () => {
    expect(fill("{a} of {b}", { a: 1 })).toBe("1 of {b}");
  });
});

describe("addresses", () => {
  it("come back as they went", () => {
    const route = parse(link("my run/ä", "chart", { symbol: "005930.KS", deployment: null }));
    expect(route).toEqual({ state: "my run/ä", page: "chart", query: { symbol: "005930.KS" } });
  });

  it("fall back where they say nothing that is known", () => {
    expect(parse("")).toEqual({ state: null, page: "overview", query: {} });
    expect(parse("#/x/nonsense").page).toBe("overview");
    expect(parse("#/%E0%A4%A/risk").state).toBeNull();
    expect(parse("#open=abc").state).toBeNull();
  });
});

describe("order of rows", () => {
  const rows = [{ id: "a", value: 2 }, { id: "b", value: null }, { id: "c", value: 10 }, { id: "d", value: 2 }];

  it("is stable, and what is missing comes last either way", () => {
    expect(sorted(rows, (row) => row.id, (row) => row.value, false)).toEqual(["a", "d", "c", "b"]);
    expect(sorted(rows, (row) => row.id, (row) => row.value, true)).toEqual(["c", "a", "d", "b"]);
  });

  it("stands still while it is held: what is gone leaves, what is new waits", () => {
    expect(held(["a", "b", "c"], new Set(["c", "a", "x", "y"]))).toEqual({ shown: ["a", "c"], waiting: 2 });
  });

  it("is written as CSV that no spreadsheet runs", () => {
    expect(csv(["a", "b"], [["=1+1", 'say "x", y'], ["-1.50", null]])).toBe("a,b\r\n'=1+1,\"say \"\"x\"\", y\"\r\n-1.50,");
  });
});

describe("bars", () => {
  const bar = (time: number, close = 1): Bar => [time, 1, 1, 1, close, 1];

  it("replace themselves, arrive in order, and are bounded", () => {
    expect(merge([bar(60), bar(120)], [bar(120, 5), bar(180)]).map((one) => [one[0], one[4]])).toEqual([[60, 1], [120, 5], [180, 1]]);
    expect(merge([bar(60)], [bar(30)])).toEqual([bar(60)]);
    expect(merge([bar(60), bar(180)], [bar(120)])).toEqual([bar(60), bar(120), bar(180)]);
    expect(merge([], Array.from({ length: 6000 }, (_, at) => bar(at)))).toHaveLength(5000);
  });

  it("hold the fills that happened in them: a fill at the close belongs to the bar that closes", () => {
    const bars = [bar(60), bar(120), bar(180)];
    expect([59, 61, 120, 121, 999].map((at) => barOf(bars, at))).toEqual([null, 60, 60, 120, 180]);
  });
});

describe("decisions", () => {
  const row = (seq: number, symbol: string, reason: string): Decision => ({ seq, ts: String(seq), deployment: "d", symbol, action: "HOLD", code: 1, reason, numbers: {}, target: null });

  it("are folded while one place repeats itself, newest first", () => {
    const found = fold([row(1, "A", "x"), row(2, "B", "x"), row(3, "A", "x"), row(4, "A", "y"), row(5, "A", "x")]);
    expect(found.map((one) => [one.last.seq, one.count])).toEqual([[5, 1], [4, 1], [3, 2], [2, 1]]);
  });

  it("are refused where something kept what was wanted, and not where nothing was left to do", () => {
    const kept = (reason: string, is_changed: boolean) => isRefused({ ...row(1, "A", reason), is_changed });
    expect([kept("R205 MAX_POSITIONS", true), kept("already at target", true), kept("already decided", true), kept("no signal", false)]).toEqual([true, false, false, false]);
  });

  it("show about five digits that matter", () => {
    expect([0.000123456, 1.23456, 123.456, 123456, 0, null].map(significant)).toEqual([8, 4, 2, 0, 2, 2]);
  });
});

describe("accounts", () => {
  const account = (name: string, currency: string, equity: string): Account => ({
    name, broker: "sim", currency, equity, cash: "1.1", day_pnl: "10", day_pnl_share: 0.1, pnl: "20", pnl_share: 0.2, drawdown: 0, max_drawdown: 0, gross: "1", net: "1", line: null,
  });

  it("are added in one currency only", () => {
    expect(combine([account("a", "USD", "100.05"), account("b", "USD", "0.05")])?.equity).toBe("100.10");
    expect(combine([account("a", "USD", "1"), account("b", "KRW", "1")])).toBeNull();
    expect(combine([])).toBeNull();
  });
});

describe("curves of several accounts", () => {
  it("are added at each instant from where all have begun", () => {
    expect(stack([[[1, 10], [3, 30]], [[2, 5], [3, 6], [5, 7]]])).toEqual([[2, 15], [3, 36], [5, 37]]);
    expect(stack([[[1, 10]]])).toEqual([[1, 10]]);
  });
});

describe("strategy options", () => {
  const fields = options({ properties: { kind: { type: "string" }, fast: { type: "integer", default: 12, minimum: 1, maximum: 50 }, side: { enum: ["long", "short"], default: "long" }, band: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }], default: null } } });

  it("come from the schema", () => {
    expect(fields.map((one) => [one.name, one.type, one.standard])).toEqual([["fast", "integer", "12"], ["side", "choice", "long"], ["band", "number", ""]]);
  });

  it("are checked against their bounds", () => {
    const [fast, , band] = fields;
    if (!fast || !band) throw new Error("fields");
    expect(["1", "50", "", "0", "51", "2.5", "x"].map((value) => problemOf(fast, value) === null)).toEqual([true, true, true, false, false, false, false]);
    expect(problemOf(band, "0")).not.toBeNull();
  });

  it("become a request, defaults left out, percent as fractions, an exit that is off as null", () => {
    const wish = { ...FIRST, symbols: "AAPL, MSFT AAPL", timeframe: "5m" as const, hasStop: false, loss: "1.1" };
    expect(request("ema_cross", wish, fields, { fast: "20", side: "long" })).toEqual({
      strategy: { kind: "ema_cross", options: { fast: 20 } }, symbols: ["AAPL", "MSFT"], mode: "sim", timeframe: "5m", capital: "100000 USD", instrument: "stock",
      risk: { position_size: 0.02, daily_loss: 0.011, drawdown: 0.05, max_positions: 3, stop_loss: null, take_profit: 0.05 }, market: { kind: "synthetic", speed: 60 },
    });
  });

  it("are refused by name where they cannot be meant", () => {
    expect([...wrong({ ...FIRST, symbols: "AAPL" })]).toEqual([]);
    expect([...wrong({ ...FIRST, symbols: " ", size: "0", loss: "101", fall: "x", most: "1.5", stop: "", capital: "1 usd", name: "a b" })].sort()).toEqual(["capital", "fall", "loss", "most", "name", "size", "stop", "symbols"]);
    expect(wrong({ ...FIRST, symbols: "AAPL", hasStop: false, stop: "" }).size).toBe(0);
  });
});
