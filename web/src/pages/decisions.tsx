/** Why, and why not: every evaluation with its numbers, newest first; runs of the same answer are folded. */

import { useMemo, useState } from "react";
import type { Decision } from "../api/types";
import { figure } from "../format/number";
import { useSay, word } from "../i18n";
import { go, link, useRoute } from "../route";
import { useList, useTable } from "../store/use";
import { Choice, Empty, Panel, SymbolLink } from "../ui/bits";
import { When } from "../ui/clock";
import { useRoom } from "../ui/context";
import { Select } from "../ui/form";
import { Icon, type IconName } from "../ui/icons";
import { useOlder } from "../ui/pages";

export interface Fold {
  first: Decision;
  last: Decision;
  count: number;
}

/** Put what repeats itself together: same deployment, instrument, action and reason, one after the other. */
export function fold(rows: readonly Decision[]): Fold[] {
  const found: Fold[] = [];
  const open = new Map<string, Fold>();
  for (const row of rows) {
    const place = `${row.deployment}\u0000${row.symbol}`;
    const before = open.get(place);
    if (before && before.last.action === row.action && before.last.reason === row.reason) {
      before.last = row;
      before.count += 1;
      continue;
    }
    const fresh = { first: row, last: row, count: 1 };
    open.set(place, fresh);
    found.push(fresh);
  }
  return found.sort((a, b) => b.last.seq - a.last.seq);
}

const ICON: Record<string, IconName> = { BUY: "up", SELL: "down", HOLD: "pause" };
const SHOWN = 150;

export function Decisions() {
  const say = useSay();
  const { state } = useRoom();
  const { query } = useRoute();
  const deployments = useTable("deployments");
  const [show, setShow] = useState<"all" | "acts" | "refused">("all");
  const [limit, setLimit] = useState(SHOWN);
  const deployment = query["deployment"] ?? "";
  const symbol = query["symbol"] ?? "";
  const symbols = [...new Set([...deployments.values()].filter((one) => !deployment || one.id === deployment).flatMap((one) => one.instruments))].sort();
  const newest = useList("decisions");
  const older = useOlder<Decision>("/api/decisions", "decisions", newest, { deployment: deployment || null, symbol: symbol || null });
  const folds = useMemo(() => fold(older.rows.filter((row) => (!deployment || row.deployment === deployment) && (!symbol || row.symbol === symbol))
    .filter((row) => show === "all" || (show === "acts" ? row.action !== "HOLD" : isRefused(row)))), [older.rows, deployment, symbol, show]);
  const to = (part: { deployment?: string; symbol?: string }) => go(link(state, "decisions", { deployment, symbol, ...part }));
  return (
    <div className="page" data-testid="decisions">
      <div className="page-head">
        <h1>{say("page.decisions")}</h1>
        <Choice label={say("decisions.show")} value={show} onChange={setShow} id="decisions-show" options={[["all", say("decisions.all")], ["acts", say("decisions.acts")], ["refused", say("decisions.refused")]]} />
        <span className="top-space" />
        <Select isBare label={say("column.deployment")} value={deployment} onChange={(value) => to({ deployment: value, symbol: "" })} options={[["", say("decisions.any.deployment")], ...[...deployments.keys()].map((id) => [id, id] as const)]} />
        <Select isBare label={say("column.symbol")} value={symbol} onChange={(value) => to({ symbol: value })} options={[["", say("decisions.any.symbol")], ...symbols.map((one) => [one, one] as const)]} />
      </div>
      <Panel flush>
        {folds.length ? (
          <ol className="timeline">
            {folds.slice(0, limit).map((one) => <Entry key={`${one.first.seq}/${one.first.deployment}/${one.first.symbol}`} fold={one} />)}
          </ol>
        ) : <Empty icon="decisions" of="decisions" />}
        {(folds.length > limit || !older.isAll) && folds.length > 0 && (
          <p className="older">
            <button type="button" className="button is-small" disabled={older.isBusy} onClick={() => (folds.length > limit ? setLimit(limit + SHOWN) : void older.more())}>{say(older.isBusy ? "loading" : "older")}</button>
            {older.problem && <span className="problem">{older.problem}</span>}
          </p>
        )}
      </Panel>
    </div>
  );
}

/** Something was wanted, and something kept it: a rule, the session, missing data. */
export function isRefused(row: Decision): boolean {
  return row.action === "HOLD" && !row.reason.startsWith("already ") && (row.is_changed ?? /^[RDOB]\d/.test(row.reason));
}

function Entry({ fold: { first, last, count } }: { fold: Fold }) {
  const say = useSay();
  const numbers = Object.entries(last.numbers);
  const tone = last.action === "BUY" ? "is-buy" : last.action === "SELL" ? "is-sell" : isRefused(last) ? "is-refused" : "";
  return (
    <li className={tone} data-testid="decision" data-action={last.action}>
      <span className="mark" aria-hidden="true"><Icon name={isRefused(last) ? "warning" : (ICON[last.action] ?? "info")} size={13} /></span>
      <div className="entry-time"><When ts={last.ts} />{count > 1 && <small className="quiet"> {say("decisions.times", { count })} <When ts={first.ts} only="clock" /></small>}</div>
      <div className="entry-what">
        <strong>{word(say, "action", last.action)}</strong> <SymbolLink of={last} />{" "}
        <bdi className="quiet">{last.deployment}</bdi>
        <p dir="auto">{last.is_changed && last.signal && <>{say("decisions.wanted", { signal: word(say, "reason", last.signal) })} <span aria-hidden="true">→</span> </>}{word(say, "reason", last.reason)}</p>
      </div>
      {numbers.length > 0 && (
        <dl className="numbers">{numbers.map(([name, value]) => <div key={name}><dt>{name.replace(/_/g, " ")}</dt><dd className="num">{figure(value, { digits: significant(value), trim: true })}</dd></div>)}
          {last.target !== null && last.target !== undefined && <div><dt>{say("decisions.target")}</dt><dd className="num">{figure(last.target, { digits: 4, trim: true })}</dd></div>}</dl>
      )}
    </li>
  );
}

/** Decimals that show about five digits that matter. */
export function significant(value: number | null): number {
  if (value === null || value === 0 || !Number.isFinite(value)) return 2;
  return Math.max(0, Math.min(8, 4 - Math.floor(Math.log10(Math.abs(value)))));
}
