/** Orders that work, and the newest that ended. */

import { useMemo, useState } from "react";
import type { Order } from "../api/types";
import { approximate, figure, quantity } from "../format/number";
import { ms } from "../format/time";
import { type Name, useSay, word } from "../i18n";
import { link } from "../route";
import { isEnded } from "../store/store";
import { useTable } from "../store/use";
import { Choice, Dialog, Empty, SideTag, SymbolLink } from "../ui/bits";
import { When } from "../ui/clock";
import { useRoom } from "../ui/context";
import { type Column, Table } from "../ui/table";
import { useCommand } from "../ui/toasts";

const keyOf = (row: Order) => row.oid;
const filterText = (row: Order) => `${row.symbol} ${row.deployment} ${row.account} ${row.side} ${row.status} ${row.type} ${row.oid} ${row.reason} ${row.text}`;
/** A snapshot has so many orders that ended; there were more. */
const KEPT = 200;
type Show = "open" | "ended" | "all";

export function OrderStatus({ status }: { status: string }) {
  const say = useSay();
  return <span className={`order-status is-${status}`}>{word(say, "order", status)}</span>;
}

export function Orders() {
  const say = useSay();
  const { state, can } = useRoom();
  const command = useCommand();
  const orders = useTable("orders");
  const instruments = useTable("instruments");
  const [show, setShow] = useState<Show>("open");
  const [open, setOpen] = useState<string | null>(null);
  const all = [...orders.values()];
  const working = all.filter((row) => !isEnded(row));
  const rows = show === "all" ? all : show === "open" ? working : all.filter(isEnded);
  const columns = useMemo<Column<Order>[]>(() => {
    const px = (row: Order, value: string | null) => <span className="num">{figure(value, { digits: instruments.get(row.symbol)?.digits ?? 2 })}</span>;
    return [
      { id: "ts", head: say("column.time"), width: 13.8, isWide: true, value: (row) => ms(row.ts), raw: (row) => row.ts, cell: (row) => <When ts={row.ts} /> },
      { id: "symbol", head: say("column.symbol"), width: 10, isTitle: true, value: (row) => row.symbol, cell: (row) => <SymbolLink of={row} /> },
      { id: "side", head: say("column.side"), width: 9.5, isTitle: true, value: (row) => row.side, cell: (row) => <span><SideTag side={row.side} />{row.is_exit && <small className="quiet"> {say("exit")}</small>}</span> },
      { id: "type", head: say("column.type"), width: 9.5, value: (row) => row.type, cell: (row) => <span>{word(say, "type", row.type)} <small className="quiet">{row.tif}</small></span> },
      { id: "qty", head: say("column.qty"), width: 10, isNumber: true, value: (row) => approximate(row.qty), raw: (row) => row.qty, cell: (row) => <span className="num">{quantity(row.filled)} / {quantity(row.qty)}</span> },
      { id: "limit", head: say("column.limit"), width: 10, isNumber: true, value: (row) => (row.limit_px === null ? null : approximate(row.limit_px)), raw: (row) => row.limit_px, cell: (row) => px(row, row.limit_px) },
      { id: "stop", head: say("column.stop"), width: 10, isNumber: true, value: (row) => (row.stop_px === null ? null : approximate(row.stop_px)), raw: (row) => row.stop_px, cell: (row) => px(row, row.stop_px) },
      { id: "avg", head: say("column.average"), width: 10, isNumber: true, value: (row) => (row.avg_px === null ? null : approximate(row.avg_px)), raw: (row) => row.avg_px, cell: (row) => px(row, row.avg_px) },
      { id: "status", head: say("column.status"), width: 11, isTitle: true, value: (row) => row.status, cell: (row) => <OrderStatus status={row.status} /> },
      { id: "reason", head: say("column.reason"), width: 11.5, value: (row) => row.reason, cell: (row) => <span dir="auto" title={row.text}>{row.reason ? word(say, "reason", row.reason) : row.text || "–"}</span> },
      { id: "deployment", head: say("column.deployment"), width: 10, isWide: true, value: (row) => row.deployment, cell: (row) => <bdi>{row.deployment}</bdi> },
    ];
  }, [say, instruments]);
  const ended = all.length - working.length;
  const count = (found: number) => (ended < KEPT ? found : `${found}+`);
  const shown = open ? orders.get(open) : undefined;
  return (
    <div className="page is-filled">
      <div className="page-head">
        <h1>{say("page.orders")}</h1>
        <Choice label={say("orders.show")} value={show} onChange={setShow} id="orders-show" options={(["open", "ended", "all"] as const).map((one) => [one, `${say(`orders.${one}` as Name)} ${one === "open" ? working.length : count(one === "all" ? all.length : ended)}`])} />
      </div>
      <Table id="orders" label={say("page.orders")} rows={rows} keyOf={keyOf} columns={columns} filterText={filterText} initial={{ column: "ts", isDown: true }} onOpen={(row) => setOpen(row.oid)}
        rowClass={(row) => (isEnded(row) ? "is-ended" : "")}
        empty={<Empty icon="orders" title={say(show === "open" ? "empty.orders" : "empty.orders.ended")} text={say("empty.orders.text")} />} />
      {shown && (
        <Dialog title={<><bdi>{shown.symbol}</bdi> <SideTag side={shown.side} /></>} onClose={() => setOpen(null)} id="order-dialog">
          <dl className="facts">
            {([["column.status", <OrderStatus key="s" status={shown.status} />], ["column.oid", <code key="o">{shown.oid}</code>], ["column.time", <When key="t" ts={shown.ts} />],
              ["column.account", <bdi key="a">{shown.account}</bdi>], ["column.deployment", <bdi key="d">{shown.deployment}</bdi>], ["column.type", `${word(say, "type", shown.type)} ${shown.tif}`],
              ["column.qty", `${quantity(shown.filled)} / ${quantity(shown.qty)}`], ["column.limit", shown.limit_px ?? "–"], ["column.stop", shown.stop_px ?? "–"], ["column.average", shown.avg_px ?? "–"],
              ["column.reason", shown.reason ? word(say, "reason", shown.reason) : "–"], ["column.text", <span key="x" dir="auto">{shown.text || "–"}</span>]] as [Name, React.ReactNode][]).map(([name, value]) => (
              <div key={name}><dt>{say(name)}</dt><dd>{value}</dd></div>
            ))}
          </dl>
          <div className="dialog-foot">
            {shown.status === "held" && can("trade") && <button type="button" className="button is-danger-line" data-testid="refuse" onClick={() => void command({ kind: "refuse", ask: shown.oid })}>{say("order.refuse")}</button>}
            <a className="button" href={link(state, "decisions", { deployment: shown.deployment, symbol: shown.symbol })}>{say("why")}</a>
          </div>
        </Dialog>
      )}
    </div>
  );
}
