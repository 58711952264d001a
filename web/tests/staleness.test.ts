import { describe, expect, it } from "vitest";
import { age, backoff, type Connection, freshness, health, isCurrent, seconds } from "../src/store/staleness";

const line = (part: Partial<Connection> = {}): Connection => ({ phase: "open", heardAt: 10_000, retryAt: null, isRunning: true, engineAt: 10_000, serverAt: 10_000, seq: 1, ...part });

describe("freshness", () => {
  it("is amber after two intervals and red after five", () => {
    expect(freshness(120, 60)).toBe("fresh");
    expect(freshness(121, 60)).toBe("late");
    expect(freshness(300, 60)).toBe("late");
    expect(freshness(301, 60)).toBe("old");
    expect(freshness(5, 60, true)).toBe("late");
    expect(freshness(null, 60)).toBe("unknown");
  });

  it("reads intervals", () => {
    expect(["1m", "15m", "1h", "1d", "30s", "x", null].map(seconds)).toEqual([60, 900, 3600, 86400, 30, null, null]);
  });

  it("measures an age by the market's clock, never below nothing", () => {
    expect(age("60000000000", 90_000)).toBe(30);
    expect(age("90000000000", 60_000)).toBe(0);
    expect(age(null, 60_000)).toBeNull();
  });
});

describe("health", () => {
  it("has one word for each way of not being live", () => {
    expect(health(line(), 11_000)).toBe("live");
    expect(health(line(), 14_000)).toBe("reconnecting");
    expect(health(line({ phase: "reconnecting" }), 10_100)).toBe("reconnecting");
    expect(health(line({ phase: "polling" }), 12_000)).toBe("polling");
    expect(health(line({ phase: "polling" }), 30_000)).toBe("reconnecting");
    expect(health(line({ isRunning: false }), 11_000)).toBe("ended");
    expect(health(line({ phase: "polling", isRunning: false }), 12_000)).toBe("ended");
    expect(health(line({ serverAt: 40_000 }), 11_000)).toBe("silent");
    expect(health(line({ phase: "connecting", heardAt: null }), 11_000)).toBe("waiting");
  });

  it("believes figures while something arrives, and those that are final", () => {
    expect((["live", "polling", "reconnecting", "silent", "ended", "waiting"] as const).filter(isCurrent)).toEqual(["live", "polling", "ended"]);
  });
});

describe("back-off", () => {
  it("grows, ends at 15 s, and is spread over half of its length", () => {
    expect([0, 1, 2, 3, 4, 5, 9].map((tries) => backoff(tries, () => 1))).toEqual([500, 1000, 2000, 4000, 8000, 15000, 15000]);
    expect(backoff(5, () => 0)).toBe(7500);
    expect(backoff(5, () => 0.5)).toBe(11250);
  });
});
