/** What is held, by instrument and deployment. */

import { useMemo } from "react";
import type { Position } from "../api/types";
import { approximate, money, price, quantity, share, sum } from "../format/number";
import { useSay } from "../i18n";
import { go, link, useRoute } from "../route";
import { age, freshness } from "../store/staleness";
import { useTable } from "../store/use";
import { Delta, Empty, Result, SideTag, SymbolLink } from "../ui/bits";
import { Since, useMarketNow } from "../ui/clock";
import { useRoom } from "../ui/context";
import { Icon } from "../ui/icons";
import { type Column, Table } from "../ui/table";

const keyOf = (row: Position) => row.key;
const filterText = (row: Position) => `${row.symbol} ${row.deployment} ${row.account} ${row.side}`;

/** Sums of money by currency: two currencies are never added. */
export function totals<Row extends { currency: string }>(rows: readonly Row[], of: (row: Row) => string | null): { currency: string; value: string | null }[] {
  const currencies = [...new Set(rows.map((row) => row.currency))];
  return currencies.map((currency) => ({ currency, value: sum(rows.filter((row) => row.currency === currency).map(of)) }));
}

/** These sums, one below the other; `isResult` where their sign counts. */
export function Totals<Row extends { currency: string }>({ rows, of, isResult }: { rows: readonly Row[]; of: (row: Row) => string | null; isResult?: boolean }) {
  return totals(rows, of).map(({ currency, value }) => <div key={currency} className="num">{isResult ? <Result value={value} currency={currency} /> : money(value, currency)}</div>);
}

/** A price in grey with its age where its feed is silent. */
export function Price({ symbol, value, digits }: { symbol: string; value: string | null; digits: number }) {
  const say = useSay();
  const instrument = useTable("instruments").get(symbol);
  const market = useMarketNow();
  const age_s = instrument ? age(instrument.ts, market) : null;
  const isOld = instrument?.is_stale ?? false;
  const state = freshness(age_s, null, isOld);
  const title = age_s === null ? undefined : say("age", { seconds: Math.round(age_s) });
  return <span className={`num px ${isOld ? `is-${state}` : ""}`} title={title} data-stale={isOld || undefined}>{price(value, digits)}{isOld && <i className="stale-mark" role="img" aria-label={say("stale")} />}</span>;
}

export function Positions() {
  const say = useSay();
  const { state } = useRoom();
  const { query } = useRoute();
  const table = useTable("positions");
  const only = query["deployment"];
  const rows = [...table.values()].filter((row) => !only || row.deployment === only);
  const columns = useMemo<Column<Position>[]>(() => [
    { id: "symbol", head: say("column.symbol"), width: 9.5, isTitle: true, value: (row) => row.symbol, cell: (row) => <SymbolLink of={row}>{row.is_exposed && <span className="exposed" role="img" aria-label={say("exposed")} title={say("exposed")}><Icon name="warning" size={13} /></span>}</SymbolLink>, total: (all) => <strong>{say("total")} {all.length}</strong> },
    { id: "side", head: say("column.side"), width: 6.5, isTitle: true, value: (row) => row.side, cell: (row) => <SideTag side={row.side} /> },
    { id: "qty", head: say("column.qty"), width: 8.5, isNumber: true, value: (row) => Math.abs(approximate(row.qty)), raw: (row) => row.qty, cell: (row) => <span className="num">{quantity(row.qty.replace("-", ""))}</span> },
    { id: "entry_px", head: say("column.entry"), width: 10, isNumber: true, value: (row) => approximate(row.entry_px), raw: (row) => row.entry_px, cell: (row) => <span className="num">{price(row.entry_px, row.digits)}</span> },
    { id: "px", head: say("column.price"), width: 10, isNumber: true, value: (row) => approximate(row.px), raw: (row) => row.px, cell: (row) => <Price symbol={row.symbol} value={row.px} digits={row.digits} /> },
    { id: "pnl", head: say("column.pnl"), width: 11.5, isNumber: true, value: (row) => approximate(row.pnl), raw: (row) => row.pnl, cell: (row) => <Delta value={row.pnl} text={money(row.pnl, row.currency, { signed: true })} />, total: (all) => <Totals rows={all} of={(row) => row.pnl} isResult /> },
    { id: "pnl_share", head: say("column.pnl_share"), width: 8.5, isNumber: true, value: (row) => row.pnl_share, cell: (row) => <span className="num">{share(row.pnl_share, { signed: true })}</span> },
    { id: "value", head: say("column.value"), width: 11.5, isNumber: true, value: (row) => approximate(row.value), raw: (row) => row.value, cell: (row) => <span className="num">{money(row.value, row.currency)}</span>, total: (all) => <Totals rows={all} of={(row) => row.value} /> },
    { id: "stop_px", head: say("column.stop"), width: 10, isNumber: true, value: (row) => (row.stop_px === null ? null : approximate(row.stop_px)), raw: (row) => row.stop_px, cell: (row) => <span className="num">{price(row.stop_px, row.digits)}</span> },
    { id: "target_px", head: say("column.target"), width: 10, isNumber: true, value: (row) => (row.target_px === null ? null : approximate(row.target_px)), raw: (row) => row.target_px, cell: (row) => <span className="num">{price(row.target_px, row.digits)}</span> },
    { id: "opened", head: say("column.duration"), width: 9, isNumber: true, value: (row) => (row.opened_ts === null ? null : -Number(BigInt(row.opened_ts) / 1_000_000n)), raw: (row) => row.opened_ts, cell: (row) => <Since ts={row.opened_ts} /> },
    { id: "deployment", head: say("column.deployment"), width: 10, value: (row) => row.deployment, cell: (row) => <bdi>{row.deployment}</bdi> },
  ], [say]);
  return (
    <div className="page is-filled">
      <div className="page-head"><h1>{say("page.positions")}</h1>{only && <a className="chip" href={link(state, "positions")}><bdi>{only}</bdi> ×</a>}</div>
      <Table id="positions" label={say("page.positions")} rows={rows} keyOf={keyOf} columns={columns} filterText={filterText} initial={{ column: "symbol", isDown: false }}
        onOpen={(row) => go(link(state, "chart", { symbol: row.symbol, deployment: row.deployment }))}
        empty={<Empty icon="positions" of="positions" action={<a className="button" href={link(state, "decisions")}>{say("why.not")}</a>} />} />
    </div>
  );
}
