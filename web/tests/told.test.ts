import { describe, expect, it } from "vitest";
import type { Told } from "../src/api/types";
import { joined } from "../src/ui/told";

const message = (id: number, repeats = 0): Told => ({
  id, seq: id, ts: "1", told_ts: "1", level: "info", kind: "system", event: "x", title: "t", text: "t", repeats, acked_ts: null, acked_by: "", due_ts: null, ways: [],
});
const down = (from: number, to: number, repeats = 0) => Array.from({ length: from - to + 1 }, (_, at) => message(from - at, repeats));

describe("messages that were shown", () => {
  it("stay when they slide out of the newest, and those in it are as they are now", () => {
    const rows = joined(down(10, 5), down(12, 7, 3));
    expect(rows.map((one) => one.id)).toEqual([12, 11, 10, 9, 8, 7, 6, 5]);
    expect(rows.map((one) => one.repeats)).toEqual([3, 3, 3, 3, 3, 3, 0, 0]);
  });

  it("are forgotten where messages between them and the newest were never had", () => {
    expect(joined(down(10, 5), down(20, 15)).map((one) => one.id)).toEqual([20, 19, 18, 17, 16, 15]);
    expect(joined([], down(3, 1)).map((one) => one.id)).toEqual([3, 2, 1]);
    expect(joined(down(3, 1), [])).toEqual([]);
  });
});
