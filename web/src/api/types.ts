/** What the server says: money, prices and quantities are exact decimals as text, instants are ns since 1970 UTC as text. */

export type Dec = string;
export type Ts = string;

export type Badge = "paper" | "sim" | "live" | "replay" | "demo" | "backtest" | "dry_run" | "simulation";

export interface Run {
  id: string;
  title: string;
  mode: string;
  badge: Badge;
  is_synthetic: boolean;
  /** A venue outside is a local server that only speaks its broker's words. */
  is_simulated?: boolean;
  is_running: boolean;
  pid: number | null;
  seq: number;
  market_ts: Ts | null;
  beat_ts: Ts | null;
  is_disk_healthy?: boolean;
  path: string;
}

/** A run in the list of all. */
export interface Listed extends Pick<Run, "id" | "title" | "mode" | "badge" | "is_running" | "path"> {
  /** Its engine's last sign of life, null while it runs. */
  ended_ts: Ts | null;
}

export interface Account {
  name: string;
  broker: string;
  number_end?: string | null;
  is_real?: boolean;
  is_simulated?: boolean;
  armed_until_ts?: Ts | null;
  currency: string;
  equity: Dec | null;
  cash: Dec | null;
  day_pnl: Dec | null;
  day_pnl_share: number | null;
  pnl: Dec | null;
  pnl_share: number | null;
  realised?: Dec | null;
  other?: Dec | null;
  drawdown: number | null;
  max_drawdown: number | null;
  gross: Dec | null;
  net: Dec | null;
  unrealised?: Dec | null;
  concentration?: number | null;
  largest?: string;
  line: { is_up: boolean; text: string } | null;
}

export type Status = "active" | "paused" | "stopped" | "error";

export interface Deployment {
  id: string;
  account: string;
  strategy: string;
  instruments: string[];
  bars: string;
  status: Status;
  reason: string | null;
  started_ts: Ts | null;
  trades: number;
  wins: number;
  win_rate: number | null;
  pnl: Dec | null;
  pnl_share: number | null;
  day_pnl: Dec | null;
  day_pnl_share: number | null;
  open_positions: number;
  drawdown: number | null;
  capital: Dec | null;
  currency: string;
}

export interface Position {
  key: string;
  deployment: string;
  account: string;
  symbol: string;
  side: "long" | "short";
  qty: Dec;
  entry_px: Dec | null;
  px: Dec | null;
  value: Dec | null;
  pnl: Dec | null;
  pnl_share: number | null;
  opened_ts: Ts | null;
  stop_px: Dec | null;
  target_px: Dec | null;
  is_exposed?: boolean;
  currency: string;
  digits: number;
}

export interface Order {
  oid: string;
  deployment: string;
  account: string;
  symbol: string;
  side: string;
  type: string;
  tif: string;
  qty: Dec;
  is_open: boolean;
  filled: Dec;
  limit_px: Dec | null;
  stop_px: Dec | null;
  avg_px: Dec | null;
  status: string;
  reason: string;
  is_exit: boolean;
  ts: Ts;
  text: string;
}

export interface Instrument {
  symbol: string;
  currency: string;
  digits: number;
  tick?: Dec | null;
  px: Dec | null;
  bid: Dec | number | null;
  ask: Dec | number | null;
  ts: Ts | null;
  is_stale: boolean;
  why_halted?: string;
  session: { is_open: boolean; close_ts?: Ts | null; next_ts?: Ts | null; zone?: string } | null;
}

export interface Limit {
  key: string;
  id: string;
  name: string;
  text: string;
  scope: string;
  used: number | null;
  limit: number | null;
  unit: string | null;
  share: number | null;
  account?: string;
  effect?: string;
  state: "ok" | "near" | "hit" | "off";
  why?: string;
  why_off?: string | null;
}

export interface Latch {
  key: string;
  kind: string;
  scope: string;
  reason: string;
  ts: Ts | null;
  release: string | null;
}

export interface Kill {
  scope: string;
  tier: number;
  stage: string;
  reason: string;
  actor: string;
  ts: Ts;
  left: string[];
  text?: string;
}

export interface Fill {
  seq: number;
  ts: Ts;
  account: string;
  deployment: string;
  symbol: string;
  side: string;
  qty: Dec;
  px: Dec;
  value: Dec | null;
  fee: Dec | null;
  currency: string;
  reason: string | null;
  is_exit: boolean;
  oid: string;
  execution: string;
  what: "execution" | "correction" | "taken back";
  corrects: string;
}

export interface Trade {
  seq: number;
  deployment: string;
  symbol: string;
  side: string;
  qty: Dec;
  entry_px: Dec;
  exit_px: Dec;
  opened_ts: Ts | null;
  closed_ts: Ts;
  pnl: Dec;
  pnl_share: number | null;
  currency: string;
  reason: string | null;
}

export interface Alert {
  seq: number;
  ts: Ts;
  level: "info" | "warning" | "error" | "critical";
  key: string;
  text: string;
}

/** How far a message has come on one channel. */
export interface Way {
  channel: string;
  state: "held" | "waiting" | "sending" | "sent" | "refused" | "dropped";
  tries: number;
  ts: Ts | null;
  why: string;
}

/** A message as the outbox keeps it. */
export interface Told {
  id: number;
  seq: number;
  ts: Ts;
  told_ts: Ts;
  level: Alert["level"];
  kind: string;
  event: string;
  title: string;
  text: string;
  repeats: number;
  acked_ts: Ts | null;
  acked_by: string;
  due_ts: Ts | null;
  ways: Way[];
}

export interface Channel {
  name: string;
  kind: string;
  level: Alert["level"];
  targets: number;
  waiting: number;
  sent_ts: Ts | null;
  why: string;
}

/** One line of a run's log. */
export interface LogLine {
  seq: number;
  at: string;
  level: string;
  component: string;
  text: string;
}

export interface Decision {
  seq: number;
  ts: Ts;
  deployment: string;
  symbol: string;
  action: "BUY" | "SELL" | "HOLD";
  code: string | number;
  reason: string;
  signal?: string;
  is_changed?: boolean;
  numbers: Record<string, number | null>;
  target: number | string | null;
}

/** Start of the bar in seconds, then open, high, low, close, volume: market data are floats. */
export type Bar = [number, number, number, number, number, number];

export interface BarRow {
  symbol: string;
  bar: Bar;
}

/** How messages stand: who carries them, how many nobody has seen or heard, and why this may be old. */
export interface Post {
  is_kept: boolean;
  has_notifier: boolean;
  unseen: number;
  unheard: number;
  problem: string;
}

/** What stands. Of a socket for no run it is the list of all runs alone. */
export interface Snapshot {
  run?: Run;
  states?: Record<string, Listed>;
  dark?: Record<string, Dark>;
  told?: Record<string, Post>;
  channels?: Record<string, Channel>;
  messages?: Record<string, Told>;
  log?: LogLine[];
  accounts: Record<string, Account>;
  deployments: Record<string, Deployment>;
  positions: Record<string, Position>;
  orders: Record<string, Order>;
  instruments: Record<string, Instrument>;
  limits: Record<string, Limit>;
  latches: Record<string, Latch>;
  kills: Record<string, Kill>;
  fills: Fill[];
  alerts: Alert[];
  decisions: Decision[];
}

export interface Keyed<Row> {
  set?: Record<string, Row>;
  /** What differs in rows that are here. */
  part?: Record<string, Partial<Row>>;
  drop?: string[];
}

export interface Added<Row> {
  add?: Row[];
  /** True where rows were left out before these: what is here is older than a hole. */
  is_whole?: boolean;
}

export interface Delta {
  run?: Keyed<Run> | Run;
  accounts?: Keyed<Account>;
  deployments?: Keyed<Deployment>;
  positions?: Keyed<Position>;
  orders?: Keyed<Order>;
  instruments?: Keyed<Instrument>;
  limits?: Keyed<Limit>;
  latches?: Keyed<Latch>;
  kills?: Keyed<Kill>;
  fills?: Added<Fill>;
  alerts?: Added<Alert>;
  decisions?: Added<Decision>;
  log?: Added<LogLine>;
  states?: Keyed<Listed>;
  dark?: Keyed<Dark>;
  told?: Keyed<Post>;
  channels?: Keyed<Channel>;
  messages?: Keyed<Told>;
  bars?: Added<BarRow>;
}

export type Message =
  | { type: "hello"; protocol: number; server_ts?: Ts; badge: Badge }
  | { type: "snapshot"; n: number; data: Snapshot }
  | { type: "delta"; since?: number; n: number; data: Delta }
  | { type: "heartbeat"; server_ts: Ts; engine_ts: Ts | null; seq: number; is_running: boolean };

export interface Session {
  stage: "setup" | "anonymous" | "open";
  user: string | null;
  scopes: string[];
  csrf: string | null;
  has_second_factor: boolean;
  stepped_up_until_ts: Ts | null;
  version: string;
  server_ts: Ts;
}

export interface Command {
  state: string;
  kind: "pause" | "resume" | "stop" | "kill" | "refuse";
  scope: string;
  tier: number | null;
  close: boolean;
  reason: string;
  /** The entry that is refused, by its row among the orders. */
  ask?: string;
}

export interface Answer {
  ok: boolean;
  how: "answered" | "waiting";
  text: string;
}

export interface JournalRecord {
  seq: number;
  ts: Ts;
  kind: string;
  text: string;
}

export interface Strategy {
  kind: string;
  text: string;
  schema: JsonSchema;
  has_twin?: boolean;
}

export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  required?: string[];
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
}

/** A run whose journal cannot be read; words still reach it. */
export interface Dark {
  id: string;
  path: string;
  why: string;
  is_running: boolean;
}

export interface Trouble {
  code: string;
  path: string;
  text: string;
  is_warning: boolean;
  field?: string;
}

/** The risk score of what trades in an account; its parts add up to it. */
export interface Risk {
  account: string;
  points: number;
  of: number;
  level: "low" | "moderate" | "high" | "very high";
  is_bounded: boolean;
  parts: { name: string; points: number; of: number; text: string }[];
}

/** What a deployment would be; `digest` names exactly this. */
export interface Planned {
  is_valid: boolean;
  config: string;
  digest: string;
  lines: string[];
  risk: Risk[];
  problems: Trouble[];
  warning: string;
}

export interface Begun {
  id: string;
  state: string;
  deployment: string;
  mode: string;
}

/** A backtest asked for on the page; `figures` are null until it is done. */
export interface Backtest {
  id: string;
  status: "running" | "done" | "failed";
  share: number;
  text: string;
  figures: {
    currency: string;
    equity_start: Dec;
    equity_end: Dec;
    realised: Dec;
    fees: Dec;
    max_drawdown: Dec;
    trades: number;
    win_rate: Dec | null;
    bars: number;
  } | null;
}
