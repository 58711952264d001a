import type { Fill } from "../api/types";

const place = (fill: Fill, execution: string) => `${fill.account}/${fill.symbol}/${execution}`;

/** The executions that stand: neither one that was corrected or taken back later, nor the word that took it back. */
export function standing(fills: readonly Fill[]): Fill[] {
  const gone = new Set(fills.filter((fill) => fill.corrects).map((fill) => place(fill, fill.corrects)));
  return fills.filter((fill) => fill.what !== "taken back" && !gone.has(place(fill, fill.execution)));
}
