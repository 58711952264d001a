/** The order of rows: it never changes under a pointer or the focus; what is new waits above until it is asked for. */

export interface Sort {
  column: string;
  isDown: boolean;
}

export type Value = string | number | bigint | null;

/** Compare for sorting: what is missing comes last whichever way. */
export function compare(a: Value, b: Value, isDown: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  const less = typeof a === "string" && typeof b === "string" ? a.localeCompare(b, undefined, { numeric: true }) < 0 : a < b;
  return less === isDown ? 1 : -1;
}

/** Keys of rows by a column, stable where values are equal. */
export function sorted<Row>(rows: readonly Row[], keyOf: (row: Row) => string, valueOf: ((row: Row) => Value) | null, isDown: boolean): string[] {
  if (!valueOf) return rows.map(keyOf);
  const tagged = rows.map((row, at) => ({ key: keyOf(row), value: valueOf(row), at }));
  tagged.sort((a, b) => compare(a.value, b.value, isDown) || a.at - b.at);
  return tagged.map((one) => one.key);
}

/** What is shown while the order is held: gone rows leave, new ones wait. */
export function held(before: readonly string[], now: ReadonlySet<string>): { shown: string[]; waiting: number } {
  const shown = before.filter((key) => now.has(key));
  return { shown, waiting: now.size - shown.length };
}

const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

/** Rows as comma-separated values. A cell that a spreadsheet would run as a formula gets a mark in front. */
export function csv(head: string[], rows: (string | number | null)[][]): string {
  const cell = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    return quote(/^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d.]+$/.test(text) ? `'${text}` : text);
  };
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n");
}
