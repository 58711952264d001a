import { describe, expect, it } from "vitest";
import { clock, day, moment, ms, span, zoneLabel } from "../src/format/time";

const units = { d: "d", h: "h", m: "m", s: "s" };

describe("instants", () => {
  it("are read from ns without losing a millisecond", () => {
    expect(ms("1789000200123456789")).toBe(1789000200123);
    expect(ms("")).toBeNull();
    expect(ms(null)).toBeNull();
    expect(ms("1.5")).toBeNull();
  });

  it("are shown in a zone, over a change of summer time too", () => {
    const before = Date.UTC(2026, 10, 1, 5, 30);
    expect(clock(before, "America/New_York")).toBe("01:30:00");
    expect(clock(before + 3600_000, "America/New_York")).toBe("01:30:00");
    expect(zoneLabel("America/New_York", before)).not.toBe(zoneLabel("America/New_York", before + 3600_000));
    expect(day(Date.UTC(2026, 10, 21, 20), "Asia/Seoul")).toBe("2026-11-22");
    expect(clock(Date.UTC(2026, 0, 1), "UTC")).toBe("00:00:00");
  });

  it("name the year where it is another one", () => {
    const now = Date.UTC(2026, 10, 21);
    expect(moment(Date.UTC(2026, 1, 3, 4, 5, 6), "UTC", now)).toBe("02-03 04:05:06");
    expect(moment(Date.UTC(2025, 1, 3), "UTC", now)).toBe("2025-02-03 00:00:00");
  });
});

describe("span", () => {
  it("has the two largest units and is never negative", () => {
    expect(span(0, units)).toBe("0s");
    expect(span(-5000, units)).toBe("0s");
    expect(span(61_000, units)).toBe("1m 1s");
    expect(span(8_040_000, units)).toBe("2h 14m");
    expect(span(90_000_000, units)).toBe("1d 1h");
    expect(span(null, units)).toBe("–");
    expect(span(Number.NaN, units)).toBe("–");
  });
});
