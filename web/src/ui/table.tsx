/** Tables of any length: only the rows in sight exist. On narrow screens the same rows are cards. */

import { type KeyboardEvent, memo, type ReactNode, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useSay } from "../i18n";
import { Empty } from "./bits";
import { Icon } from "./icons";
import { csv, held, type Sort, sorted, type Value } from "./order";
import { useTell } from "./toasts";

export interface Column<Row> {
  id: string;
  head: string;
  /** Share of the width beside the others, and at least so many UNITs of pixels: a figure is scrolled to, never cut. */
  width: number;
  cell: (row: Row) => ReactNode;
  value?: (row: Row) => Value;
  /** Exact text for copies; `value` where it is left out. */
  raw?: (row: Row) => string | number | null;
  isNumber?: boolean;
  total?: (rows: readonly Row[]) => ReactNode;
  /** Heads the card on narrow screens. */
  isTitle?: boolean;
  /** Takes a whole line of the card: an instant has no room beside another figure. */
  isWide?: boolean;
}

interface Props<Row> {
  id: string;
  label: string;
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  columns: readonly Column<Row>[];
  initial?: Sort;
  filterText?: (row: Row) => string;
  onOpen?: (row: Row) => void;
  empty: ReactNode;
  tools?: ReactNode;
  more?: ReactNode;
  rowClass?: (row: Row) => string;
}

const UNIT = 9;
const ROW = 36;
const HEAD = 32;
const FOOT = 40;
const AROUND = 8;
/** While nobody looks closely the order follows the figures this often. */
const RESORT_MS = 1000;

const narrow = typeof matchMedia === "undefined" ? null : matchMedia("(max-width: 719px)");
const watchNarrow = (heard: () => void) => {
  narrow?.addEventListener("change", heard);
  return () => narrow?.removeEventListener("change", heard);
};
export const useNarrow = () => useSyncExternalStore(watchNarrow, () => narrow?.matches ?? false);

/** Height of a card: its head, then its figures two by two, wide ones first. */
const cardSize = (columns: readonly { isTitle?: boolean; isWide?: boolean }[]) =>
  60 + 22 * Math.ceil(columns.reduce((all, one) => all + (one.isTitle ? 0 : one.isWide ? 2 : 1), 0) / 2);

/** First and last row in sight, with a few around them so that scrolling shows no holes. */
function useSight(box: { current: HTMLElement | null }, count: number, size: number): { first: number; last: number } {
  const [sight, setSight] = useState({ top: 0, height: 800 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const seen = () => setSight((old) => {
      const top = Math.floor(element.scrollTop / size) * size;
      return old.top === top && old.height === element.clientHeight ? old : { top, height: element.clientHeight };
    });
    seen();
    element.addEventListener("scroll", seen, { passive: true });
    const resized = new ResizeObserver(seen);
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", seen);
      resized.disconnect();
    };
  }, [box, size]);
  const last = Math.min(count, Math.ceil((sight.top + sight.height) / size) + AROUND);
  return { first: Math.max(0, Math.min(Math.floor(sight.top / size) - AROUND, count - 1)), last };
}

/** The keys to show, in order, held still while a pointer or the focus is in the table. */
function useOrder<Row>(rows: readonly Row[], keyOf: (row: Row) => string, valueOf: ((row: Row) => Value) | null, isDown: boolean, isHeld: () => boolean, stamp: string) {
  const state = useRef<{ stamp: string; at: number; keys: string[] }>({ stamp: "", at: 0, keys: [] });
  const now = performance.now();
  const keys = new Set(rows.map(keyOf));
  const { shown, waiting } = held(state.current.keys, keys);
  const isNew = state.current.stamp !== stamp;
  const mayMove = !isHeld();
  if (isNew || (mayMove && (waiting > 0 || now - state.current.at > RESORT_MS))) {
    state.current = { stamp, at: now, keys: sorted(rows, keyOf, valueOf, isDown) };
    return { keys: state.current.keys, waiting: 0 };
  }
  state.current.keys = shown;
  return { keys: shown, waiting };
}

export function Table<Row>({ id, label, rows, keyOf, columns, initial, filterText, onOpen, empty, tools, more, rowClass }: Props<Row>) {
  const say = useSay();
  const tell = useTell();
  const isNarrow = useNarrow();
  const [sort, setSort] = useState<Sort | null>(initial ?? null);
  const [filter, setFilter] = useState("");
  const [turn, setTurn] = useState(0);
  const isOver = useRef(false);
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  // One function for the life of the table: a row that did not move is not drawn again.
  const opening = useRef(onOpen);
  opening.current = onOpen;
  const opened = useCallback((row: unknown) => opening.current?.(row as Row), []);

  const needle = filter.trim().toLowerCase();
  const found = useMemo(
    () => (needle && filterText ? rows.filter((row) => needle.split(/\s+/).every((part) => filterText(row).toLowerCase().includes(part))) : rows),
    [rows, needle, filterText],
  );
  const column = columns.find((one) => one.id === sort?.column);
  const isHeld = () => isOver.current || (box.current?.contains(document.activeElement) ?? false);
  const { keys, waiting } = useOrder(found, keyOf, column?.value ?? null, sort?.isDown ?? false, isHeld, `${sort?.column}/${sort?.isDown}/${needle}/${turn}`);
  const byKey = useMemo(() => new Map(found.map((row) => [keyOf(row), row])), [found, keyOf]);

  // Every row is of one height, cards too: what is in sight is a division, not a measurement.
  const size = isNarrow ? cardSize(columns) : ROW;
  const { first, last } = useSight(box, keys.length, size);

  const focusRow = (at: number) => {
    const target = Math.max(0, Math.min(keys.length - 1, at));
    const key = keys[target];
    if (key === undefined) return;
    setActive(key);
    const element = box.current;
    if (element) {
      const [top, bottom] = [target * size, (target + 1) * size + (isNarrow ? 0 : HEAD)];
      if (top < element.scrollTop) element.scrollTop = top;
      else if (bottom + FOOT > element.scrollTop + element.clientHeight) element.scrollTop = bottom + FOOT - element.clientHeight;
    }
    // The row may have to be drawn first.
    requestAnimationFrame(() => requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true })));
  };
  const pressed = (event: KeyboardEvent) => {
    const at = active === null ? -1 : keys.indexOf(active);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: keys.length - 1, PageDown: at + 12, PageUp: at - 12 };
    const target = steps[event.key];
    if (target !== undefined && !(event.target as HTMLElement).closest("button, a, input, select")) {
      event.preventDefault();
      focusRow(target);
    } else if (event.key === "Enter" && onOpen && event.target instanceof HTMLElement && event.target.dataset["key"] !== undefined) {
      const row = byKey.get(event.target.dataset["key"]);
      if (row) onOpen(row);
    }
  };
  const text = () => csv(columns.map((one) => one.head), keys.map((key) => {
    const row = byKey.get(key) as Row;
    return columns.map((one) => {
      const value = one.raw ? one.raw(row) : (one.value?.(row) ?? null);
      return typeof value === "bigint" ? value.toString() : value;
    });
  }));
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      tell(say("table.copied", { rows: keys.length }), "good");
    } catch {
      tell(say("table.uncopied"), "bad");
    }
  };
  const save = () => {
    const url = URL.createObjectURL(new Blob(["\ufeff", text()], { type: "text/csv;charset=utf-8" }));
    const anchor = Object.assign(document.createElement("a"), { href: url, download: `openbell-${id}.csv` });
    anchor.click();
    URL.revokeObjectURL(url);
  };

  const items = keys.slice(first, last).map((key, at) => ({ key, index: first + at }));
  const before = first * size;
  const after = (keys.length - last) * size;
  const tabStop = active !== null && keys.includes(active) ? active : keys[first];
  const isEmpty = rows.length === 0;
  const room = columns.reduce((all, one) => all + one.width, 0);
  return (
    <div className="table-box" data-testid={id}>
      <div className="table-tools">
        {tools}
        <span className="top-space" />
        {filterText && (
          <label className="search"><Icon name="search" size={14} />
            <input data-search type="search" value={filter} placeholder={say("table.filter")} aria-label={say("table.filter")} dir="auto"
              onChange={(event) => setFilter(event.target.value)} onKeyDown={(event) => { if (event.key === "Escape") { setFilter(""); event.currentTarget.blur(); } }} data-testid={`${id}-filter`} />
          </label>
        )}
        {isNarrow && (
          <select className="card-sort" aria-label={say("table.sort")} value={sort ? `${sort.column}/${sort.isDown}` : ""} onChange={(event) => {
            const [name = "", down] = event.target.value.split("/");
            setSort(name ? { column: name, isDown: down === "true" } : null);
          }}>
            <option value="">{say("table.sort")}</option>
            {columns.filter((one) => one.value).flatMap((one) => [true, false].map((down) => (
              <option key={`${one.id}/${down}`} value={`${one.id}/${down}`}>{`${one.head} ${down ? "↓" : "↑"}`}</option>
            )))}
          </select>
        )}
        <span className="num quiet" data-testid={`${id}-count`}>{needle ? `${keys.length} / ${rows.length}` : rows.length}</span>
        <button type="button" className="icon-button" onClick={() => void copy()} disabled={isEmpty} title={say("table.copy")} aria-label={say("table.copy")}><Icon name="copy" size={16} /></button>
        <button type="button" className="icon-button" onClick={save} disabled={isEmpty} title={say("table.csv")} aria-label={say("table.csv")}><Icon name="save" size={16} /></button>
      </div>
      {waiting > 0 && <button type="button" className="waiting" onClick={() => setTurn(turn + 1)}>{say("table.new", { rows: waiting })}</button>}
      <div className="table-scroll" ref={box} tabIndex={-1} onKeyDown={pressed} onPointerEnter={(event) => { isOver.current = event.pointerType === "mouse"; }} onPointerLeave={() => { isOver.current = false; }}>
        {isEmpty ? empty : needle && !found.length ? (
          <Empty icon="search" title={say("table.none")} text={say("table.none.text", { text: filter.trim(), rows: rows.length })}
            action={<button type="button" className="button" onClick={() => { setFilter(""); box.current?.parentElement?.querySelector<HTMLElement>("[data-search]")?.focus(); }} data-testid={`${id}-all`}>{say("table.all")}</button>} />
        ) : isNarrow ? (
          <ul className="cards" aria-label={label} style={{ blockSize: keys.length * size }}>
            {items.map((item) => {
              const row = byKey.get(item.key);
              return row === undefined ? null : (
                <li key={item.key} style={{ transform: `translateY(${item.index * size}px)`, blockSize: size }}>
                  <Card row={row} name={item.key} columns={columns} onOpen={onOpen} className={rowClass?.(row) ?? ""} isStop={item.key === tabStop} />
                </li>
              );
            })}
          </ul>
        ) : (
          <table aria-label={label} aria-rowcount={keys.length + 1} style={{ minInlineSize: room * UNIT }}>
            <colgroup>{columns.map((one) => <col key={one.id} style={{ inlineSize: `${(one.width / room) * 100}%` }} />)}</colgroup>
            <thead>
              <tr>
                {columns.map((one) => {
                  const isSorted = sort?.column === one.id;
                  return (
                    <th key={one.id} scope="col" className={one.isNumber ? "is-number" : ""} aria-sort={isSorted ? (sort.isDown ? "descending" : "ascending") : undefined}>
                      {one.value ? (
                        <button type="button" onClick={() => setSort(isSorted ? { column: one.id, isDown: !sort.isDown } : { column: one.id, isDown: one.isNumber ?? false })}>
                          {one.head}<span className={`sort ${isSorted ? (sort.isDown ? "is-down" : "is-up") : ""}`} aria-hidden="true" />
                        </button>
                      ) : one.head}
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              {before > 0 && <tr className="gap" aria-hidden="true"><td colSpan={columns.length} style={{ blockSize: before }} /></tr>}
              {items.map((item) => {
                const { key } = item;
                const row = byKey.get(key);
                return row === undefined ? null : (
                  <Line key={key} name={key} row={row} at={item.index} columns={columns as readonly Column<unknown>[]} isStop={key === tabStop} isOdd={item.index % 2 === 1}
                    className={rowClass?.(row) ?? ""} onFocus={setActive} onOpen={onOpen ? opened : undefined} />
                );
              })}
              {after > 0 && <tr className="gap" aria-hidden="true"><td colSpan={columns.length} style={{ blockSize: after }} /></tr>}
            </tbody>
            {columns.some((one) => one.total) && (
              <tfoot><tr>{columns.map((one) => <td key={one.id} className={one.isNumber ? "is-number" : ""}>{one.total?.(found)}</td>)}</tr></tfoot>
            )}
          </table>
        )}
        {more}
      </div>
      {isNarrow && !isEmpty && columns.some((one) => one.total) && (
        <dl className="card-totals">{columns.filter((one) => one.total).map((one) => <div key={one.id}><dt>{one.head}</dt><dd>{one.total?.(found)}</dd></div>)}</dl>
      )}
    </div>
  );
}

const Line = memo(function Line({ name, row, at, columns, isStop, isOdd, className, onFocus, onOpen }: {
  name: string; row: unknown; at: number; columns: readonly Column<unknown>[]; isStop: boolean; isOdd: boolean; className: string;
  onFocus: (key: string) => void; onOpen: ((row: unknown) => void) | undefined;
}) {
  return (
    <tr data-key={name} data-testid="row" aria-rowindex={at + 2} tabIndex={isStop ? 0 : -1} className={`${isOdd ? "is-odd" : ""} ${onOpen ? "is-link" : ""} ${className}`}
      onFocus={() => onFocus(name)} onClick={(event) => { if (onOpen && !(event.target as HTMLElement).closest("a, button")) onOpen(row); }}>
      {columns.map((one) => <td key={one.id} className={one.isNumber ? "is-number" : ""} data-column={one.id}>{one.cell(row)}</td>)}
    </tr>
  );
});

function Card<Row>({ row, name, columns, onOpen, className, isStop }: { row: Row; name: string; columns: readonly Column<Row>[]; onOpen: ((row: Row) => void) | undefined; className: string; isStop: boolean }) {
  const titles = columns.filter((one) => one.isTitle);
  const others = columns.filter((one) => !one.isTitle);
  return (
    <article className={`card ${className}`} data-key={name} data-testid="row" tabIndex={isStop ? 0 : -1}
      onClick={(event) => { if (onOpen && !(event.target as HTMLElement).closest("a, button")) onOpen(row); }}>
      <header>{titles.map((one) => <span key={one.id} data-column={one.id}>{one.cell(row)}</span>)}</header>
      <dl>{others.map((one) => <div key={one.id} data-column={one.id} className={one.isWide ? "is-wide" : undefined}><dt>{one.head}</dt><dd>{one.cell(row)}</dd></div>)}</dl>
    </article>
  );
}
