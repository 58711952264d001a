/** Trades that were closed, with why; and every single fill. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { get } from "../api/client";
import type { Fill, Trade } from "../api/types";
import { approximate, figure, money, quantity, share } from "../format/number";
import { ms, span } from "../format/time";
import { units, useSay, word } from "../i18n";
import { link, useRoute } from "../route";
import { standing } from "../store/fills";
import { append } from "../store/store";
import { useList, useTable } from "../store/use";
import { Choice, Delta, Empty, SideTag, SymbolLink } from "../ui/bits";
import { When } from "../ui/clock";
import { usePast, useRoom } from "../ui/context";
import { useOlder } from "../ui/pages";
import { type Column, Table } from "../ui/table";
import { Totals } from "./positions";

const tradeKey = (row: Trade) => `${row.seq}/${row.deployment}/${row.symbol}`;
const fillKey = (row: Fill) => `${row.seq}/${row.oid}/${row.execution}`;
const text = (row: Trade | Fill) => `${row.symbol} ${row.deployment} ${row.side} ${row.reason ?? ""} ${"what" in row ? row.what : ""}`;

export function Reason({ reason }: { reason: string | null }) {
  const say = useSay();
  if (!reason) return <>–</>;
  return <span className={`chip reason-${reason.replace(/^[A-Z]\d+ /, "")}`} dir="auto">{word(say, "reason", reason)}</span>;
}

export function History() {
  const say = useSay();
  const { state } = useRoom();
  const { query } = useRoute();
  const [show, setShow] = useState<"trades" | "fills">("trades");
  const only = query["deployment"] ?? null;
  return (
    <div className="page is-filled">
      <div className="page-head">
        <h1>{say("page.history")}</h1>
        <Choice label={say("page.history")} value={show} onChange={setShow} id="history-show" options={[["trades", say("history.trades")], ["fills", say("history.fills")]]} />
        {only && <a className="chip" href={link(state, "history")}><bdi>{only}</bdi> ×</a>}
      </div>
      {show === "trades" ? <Trades only={only} /> : <Fills only={only} />}
    </div>
  );
}

function Older({ older }: { older: { more: () => Promise<void>; isBusy: boolean; isAll: boolean; problem: string; rows: readonly unknown[] } }) {
  const say = useSay();
  if (!older.rows.length || older.isAll) return null;
  return <p className="older"><button type="button" className="button is-small" disabled={older.isBusy} onClick={() => void older.more()}>{say(older.isBusy ? "loading" : "older")}</button>{older.problem && <span className="problem">{older.problem}</span>}</p>;
}

function Trades({ only }: { only: string | null }) {
  const say = useSay();
  const instruments = useTable("instruments");
  const { newest, isAsked } = useTrades(only);
  const older = useOlder<Trade>("/api/trades", "trades", newest, { deployment: only });
  const rows = useMemo(() => older.rows.filter((row) => !only || row.deployment === only), [older.rows, only]);
  const columns = useMemo<Column<Trade>[]>(() => {
    const px = (row: Trade, value: string) => <span className="num">{figure(value, { digits: instruments.get(row.symbol)?.digits ?? 2 })}</span>;
    return [
      { id: "closed", head: say("column.closed"), width: 13.5, isWide: true, value: (row) => row.seq, raw: (row) => row.closed_ts, cell: (row) => <When ts={row.closed_ts} />, total: (all) => <strong>{say("total")} {all.length}</strong> },
      { id: "opened", head: say("column.opened"), width: 13.5, isWide: true, value: (row) => ms(row.opened_ts), raw: (row) => row.opened_ts, cell: (row) => <When ts={row.opened_ts} /> },
      { id: "symbol", head: say("column.symbol"), width: 8.2, isTitle: true, value: (row) => row.symbol, cell: (row) => <SymbolLink of={row} /> },
      { id: "side", head: say("column.side"), width: 6, isTitle: true, value: (row) => row.side, cell: (row) => <SideTag side={row.side} /> },
      { id: "qty", head: say("column.qty"), width: 8, isNumber: true, value: (row) => Math.abs(approximate(row.qty)), raw: (row) => row.qty, cell: (row) => <span className="num">{quantity(row.qty.replace("-", ""))}</span> },
      { id: "entry", head: say("column.entry"), width: 9, isNumber: true, value: (row) => approximate(row.entry_px), raw: (row) => row.entry_px, cell: (row) => px(row, row.entry_px) },
      { id: "exit", head: say("column.exit"), width: 9, isNumber: true, value: (row) => approximate(row.exit_px), raw: (row) => row.exit_px, cell: (row) => px(row, row.exit_px) },
      { id: "pnl", head: say("column.pnl"), width: 11.5, isNumber: true, value: (row) => approximate(row.pnl), raw: (row) => row.pnl, cell: (row) => <Delta value={row.pnl} text={money(row.pnl, row.currency, { signed: true })} />,
        total: (all) => <Totals rows={all} of={(row) => row.pnl} isResult /> },
      { id: "share", head: say("column.pnl_share"), width: 8.1, isNumber: true, value: (row) => row.pnl_share, cell: (row) => <span className="num">{share(row.pnl_share, { signed: true })}</span>,
        total: (all) => <span className="num quiet">{say("history.won", { share: share(all.length ? all.filter((one) => approximate(one.pnl) > 0).length / all.length : null, { digits: 0 }) })}</span> },
      { id: "held", head: say("column.duration"), width: 8.5, isNumber: true, value: (row) => (row.opened_ts === null ? null : (ms(row.closed_ts) ?? 0) - (ms(row.opened_ts) ?? 0)), cell: (row) => <span className="num">{row.opened_ts === null ? "–" : span((ms(row.closed_ts) ?? 0) - (ms(row.opened_ts) ?? 0), units(say))}</span> },
      { id: "reason", head: say("column.reason"), width: 10.8, isTitle: true, value: (row) => row.reason, cell: (row) => <Reason reason={row.reason} /> },
      { id: "deployment", head: say("column.deployment"), width: 9.6, isWide: true, value: (row) => row.deployment, cell: (row) => <bdi>{row.deployment}</bdi> },
    ];
  }, [say, instruments]);
  return <Table id="trades" label={say("history.trades")} rows={rows} keyOf={tradeKey} columns={columns} filterText={text} initial={{ column: "closed", isDown: true }} more={<Older older={older} />}
    empty={isAsked ? <Empty icon="history" of="trades" /> : <p className="empty" role="status">{say("loading")}</p>} />;
}

/** The newest closed trades: asked for when this is opened, and again after fills, at most once a second. */
function useTrades(deployment: string | null): { newest: readonly Trade[]; isAsked: boolean } {
  const { state } = useRoom();
  const { seq } = usePast();
  const fills = useList("fills");
  const last = fills[fills.length - 1]?.seq ?? 0;
  const [found, setFound] = useState<{ key: string; rows: readonly Trade[]; at: number } | null>(null);
  const key = `${state}/${deployment}/${seq}`;
  const known = found?.key === key ? found : null;
  useEffect(() => {
    const stop = new AbortController();
    const before = seq === null ? {} : { before_seq: seq + 1 };
    const timer = window.setTimeout(() => {
      get<{ trades: Trade[] }>("/api/trades", { state, deployment, count: 200, ...before }, stop.signal)
        .then(({ trades }) => setFound((old) => ({ key, at: last, rows: append(old?.key === key ? old.rows : [], trades.reverse(), 500) })))
        // The table stays as it is, and is asked for again; the header says that the server is silent.
        .catch(() => stop.signal.aborted || setFound((old) => old && { ...old, at: old.at - 1 }));
    }, known ? 1000 : 0);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [key, known?.at, known === null || last > known.at]);
  return { newest: known?.rows ?? [], isAsked: known !== null };
}

function Fills({ only }: { only: string | null }) {
  const say = useSay();
  const instruments = useTable("instruments");
  const newest = useList("fills");
  const older = useOlder<Fill>("/api/fills", "fills", newest, { deployment: only });
  const rows = useMemo(() => older.rows.filter((row) => !only || row.deployment === only), [older.rows, only]);
  const stands = useMemo(() => new Set(standing(rows)), [rows]);
  const note = useCallback((row: Fill) => row.what === "taken back" ? ` ${say("fill.taken")}` : !stands.has(row) ? ` ${say("fill.gone")}` : row.what === "correction" ? ` ${say("fill.correction")}` : "", [say, stands]);
  const columns = useMemo<Column<Fill>[]>(() => [
    { id: "ts", head: say("column.time"), width: 14, isWide: true, value: (row) => row.seq, raw: (row) => row.ts, cell: (row) => <When ts={row.ts} /> },
    { id: "symbol", head: say("column.symbol"), width: 10, isTitle: true, value: (row) => row.symbol, cell: (row) => <SymbolLink of={row} /> },
    { id: "side", head: say("column.side"), width: 14, isTitle: true, value: (row) => `${row.side}${note(row)}`, cell: (row) => <span><SideTag side={row.side} />{note(row) ? <small className="gone">{note(row)}</small> : row.is_exit && <small className="quiet"> {say("exit")}</small>}</span> },
    { id: "qty", head: say("column.qty"), width: 9, isNumber: true, value: (row) => Math.abs(approximate(row.qty)), raw: (row) => row.qty, cell: (row) => <span className="num">{quantity(row.qty.replace("-", ""))}</span> },
    { id: "px", head: say("column.price"), width: 10, isNumber: true, value: (row) => approximate(row.px), raw: (row) => row.px, cell: (row) => <span className="num">{figure(row.px, { digits: instruments.get(row.symbol)?.digits ?? 2 })}</span> },
    { id: "value", head: say("column.value"), width: 12, isNumber: true, value: (row) => approximate(row.value), raw: (row) => row.value, cell: (row) => <span className="num">{money(row.value, row.currency)}</span> },
    { id: "fee", head: say("column.fee"), width: 9, isNumber: true, value: (row) => approximate(row.fee), raw: (row) => row.fee, cell: (row) => <span className="num">{money(row.fee, row.currency)}</span>,
      total: (all) => <Totals rows={all.filter((row) => stands.has(row))} of={(row) => row.fee} /> },
    { id: "reason", head: say("column.reason"), width: 12, isTitle: true, value: (row) => row.reason, cell: (row) => <Reason reason={row.reason} /> },
    { id: "deployment", head: say("column.deployment"), width: 12, value: (row) => row.deployment, cell: (row) => <bdi>{row.deployment}</bdi> },
    { id: "oid", head: say("column.oid"), width: 12, value: (row) => row.oid, cell: (row) => <code>{row.oid}</code> },
  ], [say, instruments, stands, note]);
  return <Table id="fills" label={say("history.fills")} rows={rows} keyOf={fillKey} columns={columns} filterText={text} initial={{ column: "ts", isDown: true }} more={<Older older={older} />}
    empty={<Empty icon="history" title={say("empty.fills")} text={say("empty.trades.text")} />} />;
}
