/**
 * One normalised store of one state: keyed tables and lists, each with a version. Messages wait in a queue and are
 * applied together in one flush, so that a page draws at most once per frame however many rows move.
 */

import type {
  Account, Added, Alert, BarRow, Channel, Dark, Decision, Delta, Deployment, Fill, Instrument, Keyed, Kill, Latch, Limit, Listed,
  LogLine, Order, Position, Post, Run, Snapshot, Told,
} from "../api/types";

export interface Tables {
  accounts: Account;
  deployments: Deployment;
  positions: Position;
  orders: Order;
  instruments: Instrument;
  limits: Limit;
  latches: Latch;
  kills: Kill;
  states: Listed;
  dark: Dark;
  told: Post;
  channels: Channel;
  messages: Told;
}

export interface Lists {
  fills: Fill;
  alerts: Alert;
  decisions: Decision;
  log: LogLine;
}

export type TableName = keyof Tables;
export type ListName = keyof Lists;
export type Section = TableName | ListName | "run" | "bars";

const TABLES: TableName[] = ["accounts", "deployments", "positions", "orders", "instruments", "limits", "latches", "kills", "states", "dark", "told", "channels", "messages"];
const LISTS: ListName[] = ["fills", "alerts", "decisions", "log"];
/** Rows of a list that stay: what is older is asked for by page. */
export const KEPT: Record<ListName, number> = { fills: 500, alerts: 500, decisions: 600, log: 60 };
/** Ended orders that stay; open ones always do. */
export const ENDED_KEPT = 200;

export const isEnded = (order: Order): boolean => !order.is_open;

export class Store {
  run: Run | null = null;
  private readonly tables = Object.fromEntries(TABLES.map((name) => [name, new Map()])) as { [Name in TableName]: Map<string, Tables[Name]> };
  private readonly lists: { [Name in ListName]: Lists[Name][] } = { fills: [], alerts: [], decisions: [], log: [] };
  private readonly versions = new Map<Section, number>();
  private readonly watchers = new Map<Section, Set<() => void>>();
  private readonly barWatchers = new Set<(rows: BarRow[] | null) => void>();
  private queue: Delta[] = [];
  private waiting: Snapshot | null = null;

  table<Name extends TableName>(name: Name): ReadonlyMap<string, Tables[Name]> {
    return this.tables[name];
  }

  list<Name extends ListName>(name: Name): readonly Lists[Name][] {
    return this.lists[name];
  }

  version(section: Section): number {
    return this.versions.get(section) ?? 0;
  }

  watch(section: Section, heard: () => void): () => void {
    const set = this.watchers.get(section) ?? new Set();
    this.watchers.set(section, set);
    set.add(heard);
    return () => set.delete(heard);
  }

  /** Hear of each bar that arrives; null says that some were missed. */
  watchBars(heard: (rows: BarRow[] | null) => void): () => void {
    this.barWatchers.add(heard);
    return () => this.barWatchers.delete(heard);
  }

  /** Whether anything waits for the next flush. */
  get isDirty(): boolean {
    return this.waiting !== null || this.queue.length > 0;
  }

  /** Take a whole snapshot; what waited before it is older and falls away. */
  receive(snapshot: Snapshot): void {
    this.waiting = snapshot;
    this.queue = [];
  }

  /** Take a change; it shows with the next flush. */
  add(delta: Delta): void {
    this.queue.push(delta);
  }

  /** Apply all that waits and tell the watchers of each section that changed, once. */
  flush(): void {
    if (!this.isDirty) return;
    const changed = new Set<Section>();
    const bars: BarRow[] = [];
    const isAnew = this.waiting !== null && this.run !== null;
    if (this.waiting) {
      this.replace(this.waiting);
      for (const section of [...TABLES, ...LISTS, "run" as const]) changed.add(section);
      this.waiting = null;
    }
    for (const delta of this.queue) this.apply(delta, changed, bars);
    this.queue = [];
    if (changed.has("orders")) this.trimOrders();
    for (const section of changed) this.versions.set(section, this.version(section) + 1);
    for (const section of changed) for (const heard of [...(this.watchers.get(section) ?? [])]) heard();
    // A snapshot stands for frames that were never had, and for the bars in them.
    if (isAnew) for (const heard of [...this.barWatchers]) heard(null);
    if (bars.length) for (const heard of [...this.barWatchers]) heard(bars);
  }

  private replace(snapshot: Snapshot): void {
    this.run = snapshot.run ?? null;
    for (const name of TABLES) {
      const table = this.tables[name] as Map<string, unknown>;
      table.clear();
      for (const [key, row] of Object.entries(snapshot[name] ?? {})) table.set(key, row);
    }
    for (const name of LISTS) (this.lists[name] as unknown[]) = [...(snapshot[name] ?? [])];
  }

  private apply(delta: Delta, changed: Set<Section>, bars: BarRow[]): void {
    if (delta.run) {
      const { set, part } = delta.run as Keyed<Run>;
      const whole = "id" in delta.run ? (delta.run as Run) : (Object.values(set ?? {})[0] ?? this.run);
      this.run = whole && { ...whole, ...Object.values(part ?? {})[0] };
      changed.add("run");
    }
    for (const name of TABLES) {
      const part = delta[name] as Keyed<unknown> | undefined;
      if (!part) continue;
      const table = this.tables[name] as Map<string, unknown>;
      for (const key in part.set) table.set(key, part.set[key]);
      for (const key in part.part) table.set(key, { ...(table.get(key) as object), ...(part.part[key] as object) });
      for (const key of part.drop ?? []) table.delete(key);
      changed.add(name);
    }
    for (const name of LISTS) {
      const part = delta[name] as Added<{ seq: number }> | undefined;
      if (!part?.add?.length) continue;
      const known = part.is_whole ? [] : (this.lists[name] as { seq: number }[]);
      (this.lists[name] as unknown[]) = append(known, part.add, KEPT[name]);
      changed.add(name);
    }
    if (delta.bars?.add) bars.push(...delta.bars.add);
  }

  private trimOrders(): void {
    const ended = [...this.tables.orders.values()].filter(isEnded);
    if (ended.length <= ENDED_KEPT) return;
    ended.sort((a, b) => (BigInt(a.ts) < BigInt(b.ts) ? -1 : 1));
    for (const order of ended.slice(0, ended.length - ENDED_KEPT)) this.tables.orders.delete(order.oid);
  }
}

/** Append rows that are not there yet; the oldest fall off at `kept`. */
export function append<Row extends { seq: number }>(rows: readonly Row[], added: readonly Row[], kept: number): Row[] {
  const last = rows.length ? (rows[rows.length - 1] as Row).seq : -1;
  const known = new Set(rows.slice(-added.length - 50).map(identity));
  const fresh = added.filter((row) => row.seq > last || !known.has(identity(row)));
  const all = [...rows, ...fresh];
  return all.length > kept ? all.slice(all.length - kept) : all;
}

/** One record of the journal may hold several rows: the number alone does not tell them apart. */
function identity(row: { seq: number }): string {
  const { seq, symbol, deployment, oid, key, text } = row as Record<string, unknown> & { seq: number };
  return [seq, symbol, deployment, oid, key, text].join("\u0000");
}
