/** How old what is shown is, and what may still be believed. */

export type Freshness = "fresh" | "late" | "old" | "unknown";

/** Amber after two intervals of silence, red after five. */
export const LATE = 2;
export const OLD = 5;

const SPANS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** Seconds of an interval such as 1m, 15m or 1h; null where it is none. */
export function seconds(interval: string | null | undefined): number | null {
  const match = /^(\d+)([smhdw])$/.exec(interval ?? "");
  return match ? Number(match[1]) * (SPANS[match[2] ?? ""] ?? 0) : null;
}

/** Judge an age against the interval in which something new is due. */
export function freshness(age_s: number | null, interval_s: number | null, isStale = false): Freshness {
  if (age_s === null || !Number.isFinite(age_s)) return isStale ? "late" : "unknown";
  const interval = interval_s ?? 60;
  if (age_s > OLD * interval) return "old";
  return isStale || age_s > LATE * interval ? "late" : "fresh";
}

export type Phase = "connecting" | "open" | "polling" | "reconnecting" | "closed";

export interface Connection {
  phase: Phase;
  /** Milliseconds of this machine's clock when anything last arrived, null for never. */
  heardAt: number | null;
  /** Milliseconds when the next try starts, null while none waits. */
  retryAt: number | null;
  isRunning: boolean;
  /** The engine's last beat in milliseconds of the server's clock. */
  engineAt: number | null;
  serverAt: number | null;
  seq: number | null;
}

/** Silence after which the line is taken for dead: three heartbeats. */
export const SILENCE_MS = 3500;
/** Silence of the engine, by the server's clock, after which the page says so. */
export const ENGINE_SILENCE_MS = 15000;

export type Health = "live" | "polling" | "waiting" | "reconnecting" | "silent" | "ended";

/** One word for the line in the header. */
export function health(connection: Connection, now: number): Health {
  if (connection.heardAt === null) return connection.phase === "reconnecting" ? "reconnecting" : "waiting";
  const quiet = now - connection.heardAt;
  if (connection.phase === "reconnecting" || connection.phase === "connecting" || connection.phase === "closed") return "reconnecting";
  if (connection.phase === "polling") return quiet > 3 * SILENCE_MS ? "reconnecting" : connection.isRunning ? "polling" : "ended";
  if (quiet > SILENCE_MS) return "reconnecting";
  if (!connection.isRunning) return "ended";
  const { engineAt, serverAt } = connection;
  if (engineAt !== null && serverAt !== null && serverAt - engineAt > ENGINE_SILENCE_MS) return "silent";
  return "live";
}

/** Whether figures may be believed as they stand: those of a run that has ended do not change any more. */
export const isCurrent = (state: Health): boolean => state === "live" || state === "polling" || state === "ended";

/** Wait before the next try: doubled up to 15 s, somewhere in the upper half of that, so that pages do not come back all at once. */
export function backoff(tries: number, random: () => number = Math.random): number {
  const ceiling = Math.min(15000, 500 * 2 ** Math.min(tries, 10));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}

/** Seconds since an instrument last spoke, by the market's clock. */
export function age(ts: string | null, market: number): number | null {
  return ts === null || !/^\d+$/.test(ts) ? null : Math.max(0, market / 1000 - Number(BigInt(ts) / 1_000_000n) / 1000);
}
