import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Messages } from "../src/api/types";
import { Asker } from "../src/ui/told";

const MESSAGES: Messages = { is_kept: true, has_notifier: true, unseen: 0, unheard: 0, channels: [], messages: [] };

describe("what was told", () => {
  beforeEach(() => { vi.useFakeTimers(); });
  afterEach(() => { vi.useRealTimers(); });

  it("is asked for once for all who show it, for the most that one of them wants", async () => {
    const counts: number[] = [];
    const asker = new Asker(async (count) => { counts.push(count); return MESSAGES; });
    for (const count of [1, 1, 1]) asker.want({ count, every_ms: 5000 });
    await vi.advanceTimersByTimeAsync(0);
    expect(counts).toEqual([1]);
    await vi.advanceTimersByTimeAsync(4999);
    expect(counts).toEqual([1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(counts).toEqual([1, 1]);
    const leave = asker.want({ count: 100, every_ms: 2000 });
    await vi.advanceTimersByTimeAsync(2000);
    expect(counts).toEqual([1, 1, 100, 100]);
    leave();
    await vi.advanceTimersByTimeAsync(7000);
    expect(counts).toEqual([1, 1, 100, 100, 1, 1]);
  });

  it("is not asked for once nobody shows it, and anew when somebody does", async () => {
    let asked = 0;
    const asker = new Asker(async () => { asked += 1; return MESSAGES; });
    const leave = asker.want({ count: 1, every_ms: 100 });
    leave();
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toBe(0);
    asker.want({ count: 1, every_ms: 100 });
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toBe(1);
  });

  it("keeps what was known when the server does not answer, says why, and goes on asking", async () => {
    const replies = [() => MESSAGES, () => { throw new Error("no line"); }, () => MESSAGES];
    const asker = new Asker(async () => (replies.shift() as () => Messages)());
    asker.want({ count: 1, every_ms: 100 });
    await vi.advanceTimersByTimeAsync(100);
    expect(asker.answer).toEqual({ data: MESSAGES, problem: "no line", count: 1 });
    await vi.advanceTimersByTimeAsync(100);
    expect(asker.answer).toEqual({ data: MESSAGES, problem: "", count: 1 });
  });
});
