import { expect, test } from "vitest";

import { standing } from "../src/store/fills";
import { fill } from "./rows";

const one = (execution: string, more: object = {}) => ({ ...fill(1), execution, ...more });

test("what was corrected or taken back does not stand, and its namesake elsewhere does", () => {
  const rows = [
    one("a"), one("b"), one("c"), one("a", { symbol: "OTHER" }),
    one("a2", { what: "correction", corrects: "a" }), one("b2", { what: "taken back", corrects: "b" }),
  ];
  expect(standing(rows).map((row) => `${row.symbol === "OTHER" ? "OTHER " : ""}${row.execution}`)).toEqual(["c", "OTHER a", "a2"]);
});
