/** Rows for tests, as the server sends them. */

import type { Fill, Order, Position, Run, Snapshot } from "../src/api/types";

export const run: Run = { id: "a", title: "A", mode: "sim", badge: "paper", is_synthetic: false, is_running: true, pid: 1, seq: 10, market_ts: "1", beat_ts: "1", path: "a" };

export const position = (key: string, px = "1"): Position => ({
  key, deployment: "d", account: "main", symbol: key, side: "long", qty: "1", entry_px: "1", px, value: px, pnl: "0", pnl_share: 0, opened_ts: "1", stop_px: null, target_px: null, currency: "USD", digits: 2,
});

export const fill = (seq: number, oid = `o${seq}`): Fill => ({ seq, ts: String(seq), account: "main", deployment: "d", symbol: "X", side: "buy", qty: "1", px: "1", value: "1", fee: "0", currency: "USD", reason: "signal", is_exit: false, oid, execution: `e${seq}`, what: "execution", corrects: "" });

export const order = (oid: string, status: string, ts: number): Order => ({
  oid, deployment: "d", account: "main", symbol: "X", side: "buy", type: "limit", tif: "day", qty: "1", filled: "0", limit_px: null, stop_px: null, avg_px: null, status, is_open: !["filled", "cancelled", "rejected", "expired"].includes(status.toLowerCase()), reason: "", is_exit: false, ts: String(ts), text: "",
});

export const snapshot = (part: Partial<Snapshot> = {}): Snapshot => ({
  run, accounts: {}, deployments: {}, positions: {}, orders: {}, instruments: {}, limits: {}, latches: {}, kills: {}, fills: [], alerts: [], decisions: [], ...part,
});
