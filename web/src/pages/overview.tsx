/** The one page that is left open: how much, how it goes, how near the limits are, whether all is well. */

import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { get } from "../api/client";
import type { Account, Limit } from "../api/types";
import { approximate, figure, minor, money, price, quantity, share, sum, signOf } from "../format/number";
import { ms, span } from "../format/time";
import { type Name, said, units, useSay, word } from "../i18n";
import { link } from "../route";
import { standing } from "../store/fills";
import { age, freshness, seconds } from "../store/staleness";
import { useList, useRun, useStore, useTable } from "../store/use";
import { Choice, Empty, Gauge, inUnit, Panel, Result, SideTag, Stat, StatusTag } from "../ui/bits";
import { useConnection, useHealth, useMarketNow, useNow, When } from "../ui/clock";
import { useMessages } from "../ui/told";
import { usePast, useRoom } from "../ui/context";
import { Icon } from "../ui/icons";
import type { Points } from "../ui/plot";

const Plot = lazy(() => import("../ui/plot"));

export function Overview() {
  const accounts = useTable("accounts");
  const [name, setName] = useState("");
  const all = [...accounts.values()];
  // Accounts of several currencies are never added: the first one is shown until another is chosen.
  const chosen = name && accounts.has(name) ? name : combine(all) ? "" : (all[0]?.name ?? "");
  return (
    <div className="page overview">
      <Hero name={chosen} onName={setName} />
      <div className="columns">
        <div className="column-main">
          <EquityCurve account={chosen} />
          <Holdings />
        </div>
        <div className="column-side">
          <Limits />
          <Wellbeing />
          <Happened />
          <Log />
        </div>
      </div>
    </div>
  );
}

/** Accounts of one currency as one; null where they are of several. */
export function combine(accounts: readonly Account[]): Account | null {
  const first = accounts[0];
  if (!first || accounts.some((one) => one.currency !== first.currency)) return null;
  if (accounts.length === 1) return first;
  const equity = sum(accounts.map((one) => one.equity));
  const [day, all] = [sum(accounts.map((one) => one.day_pnl)), sum(accounts.map((one) => one.pnl))];
  const part = (result: string | null) => {
    const before = approximate(equity) - approximate(result);
    return result === null || before <= 0 ? null : approximate(result) / before;
  };
  return {
    ...first, name: "", number_end: null, equity, day_pnl: day, pnl: all, day_pnl_share: part(day), pnl_share: part(all),
    cash: sum(accounts.map((one) => one.cash)), realised: sum(accounts.map((one) => one.realised)), unrealised: sum(accounts.map((one) => one.unrealised)), other: sum(accounts.map((one) => one.other ?? null)), concentration: null, gross: sum(accounts.map((one) => one.gross)), net: sum(accounts.map((one) => one.net)),
    drawdown: null, max_drawdown: null, line: null,
  };
}

function Hero({ name, onName }: { name: string; onName: (name: string) => void }) {
  const say = useSay();
  const accounts = useTable("accounts");
  const all = [...accounts.values()];
  const account = name ? accounts.get(name) : (combine(all) ?? all[0]);
  if (!account) return <Panel><Empty icon="overview" of="account" /></Panel>;
  const canCombine = combine(all) !== null;
  const gross = approximate(account.gross);
  const net = approximate(account.net);
  const equity = approximate(account.equity);
  const fraction = (value: number) => (equity > 0 ? value / equity : null);
  return (
    <section className="hero" data-testid="hero" aria-label={say("hero")}>
      {all.length > 1 && (
        <Choice label={say("account")} value={account.name} onChange={onName} id="accounts"
          options={[...(canCombine ? [["", say("account.all")] as const] : []), ...all.map((one) => [one.name, one.name] as const)]} />
      )}
      <dl className="hero-figures">
        <div className="stat hero-equity" data-testid="equity">
          <dt>{say("equity")} <small>{account.name && <bdi>{account.name}</bdi>} {account.number_end && <span className="num">…{account.number_end}</span>}</small></dt>
          <dd><Figure value={account.equity} currency={account.currency} /></dd>
        </div>
        <Stat label={say("pnl.day")} id="day-pnl"><Result value={account.day_pnl} part={account.day_pnl_share} currency={account.currency} stacked /></Stat>
        <Stat label={say("pnl.total")} id="total-pnl"><span className="result is-stacked"><Result value={account.pnl} part={account.pnl_share} currency={account.currency} stacked />
          <span className="num part quiet" data-testid="realised">{say("pnl.realised", { worth: money(account.realised, account.currency, { signed: true }) })}</span>
          <span className="num part quiet" data-testid="unrealised">{say("pnl.open", { worth: money(account.unrealised, account.currency, { signed: true }) })}</span>
          {signOf(account.other) !== 0 && <span className="num part quiet" data-testid="other">{say("pnl.other", { worth: money(account.other, account.currency, { signed: true }) })}</span>}</span></Stat>
        <Stat label={say("drawdown")} id="drawdown">
          <span className="result is-stacked"><span className="num">{account.drawdown ? share(-account.drawdown) : share(account.drawdown)}</span>
            <span className="num part quiet">{say("drawdown.max", { share: share(account.max_drawdown === null ? null : -account.max_drawdown) })}</span></span>
        </Stat>
        <Stat label={say("cash")} id="cash"><span className="result is-stacked"><span className="num">{money(account.cash, account.currency)}</span>
          <span className="num part quiet">{share(fraction(approximate(account.cash)), { digits: 1 })}</span></span></Stat>
        <div className="stat hero-exposure" data-testid="exposure">
          <dt>{say("exposure")}</dt>
          <dd>
            <span className="num">{share(fraction(gross), { digits: 1 })} <small className="quiet">{say("gross")}</small></span>
            <span className="num part quiet">{say("net")} {share(fraction(net), { digits: 1, signed: true })}</span>
            {account.largest && account.concentration !== null && <span className="num part quiet" data-testid="largest">{say("largest", { symbol: account.largest, share: share(account.concentration, { digits: 1 }) })}</span>}
            <ExposureBar gross={fraction(gross) ?? 0} net={fraction(net) ?? 0} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

/** The large figure: whole units first, the rest smaller. */
function Figure({ value, currency }: { value: string | null; currency: string }) {
  const text = money(value, currency);
  const at = minor(currency) ? text.lastIndexOf(".") : -1;
  return <span className="num">{at < 0 ? text : <>{text.slice(0, at)}<small>{text.slice(at)}</small></>}</span>;
}

/** Longs to one side of the middle, shorts to the other. */
function ExposureBar({ gross, net }: { gross: number; net: number }) {
  const long = Math.max(0, (gross + net) / 2);
  const short = Math.max(0, (gross - net) / 2);
  const scale = Math.max(1, long, short);
  return (
    <span className="exposure-bar" aria-hidden="true">
      <i className="is-short" style={{ inlineSize: `${(short / scale) * 50}%` }} />
      <i className="is-long" style={{ inlineSize: `${(long / scale) * 50}%` }} />
    </span>
  );
}

/** Curves of accounts as one: at each instant the sum of what each last was, from where all have begun. */
export function stack(curves: readonly Points[]): Points {
  if (curves.length === 1) return curves[0] as Points;
  const instants = [...new Set(curves.flatMap((curve) => curve.map((one) => one[0])))].sort((a, b) => a - b);
  const places = curves.map(() => -1);
  const found: Points = [];
  for (const at of instants) {
    let total = 0;
    let isWhole = true;
    curves.forEach((curve, which) => {
      while ((curve[(places[which] as number) + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= at) places[which] = (places[which] as number) + 1;
      const last = curve[places[which] as number];
      if (last) total += last[1];
      else isWhole = false;
    });
    if (isWhole) found.push([at, total]);
  }
  return found;
}

/** Stored points, then the living end: one point for each second in which equity moved. */
export function useEquity(account: string): { points: Points; currency: string; isAsked: boolean } {
  const { state } = useRoom();
  const { seq } = usePast();
  const accounts = useTable("accounts");
  const run = useRun();
  const store = useStore();
  const connection = useConnection();
  const all = [...accounts.values()];
  const known = all.map((one) => one.name).join("\n");
  const [base, setBase] = useState<{ points: Points; currency: string } | null>(null);
  const [tail, setTail] = useState<Points>([]);
  const isBack = connection.phase === "open";
  useEffect(() => {
    if (!known) return;
    const stop = new AbortController();
    setTail([]);
    const names = account ? [account] : known.split("\n");
    Promise.all(names.map((name) => get<{ points: Points; currency: string }>("/api/equity", { state, account: name }, stop.signal)))
      .then((curves) => setBase({ points: stack(curves.map((one) => one.points)), currency: curves[0]?.currency ?? "" }))
      .catch(() => {
        // The line under the header tells of a server that does not answer; the curve then grows from now.
        if (!stop.signal.aborted) setBase((old) => old ?? { points: [], currency: "" });
      });
    return () => stop.abort();
  }, [state, account, isBack, store, known]);

  const current = account ? accounts.get(account) : combine(all);
  const equity = current?.equity ?? null;
  const at = ms(run?.market_ts);
  const last = useRef(0);
  useEffect(() => {
    if (equity === null || at === null || seq !== null) return;
    const second = Math.floor(at / 1000);
    if (second <= last.current) return;
    last.current = second;
    setTail((old) => [...old.slice(-3000), [second, approximate(equity)]]);
  }, [equity, at, seq]);
  const points = useMemo(() => {
    const stored = base?.points ?? [];
    const end = stored[stored.length - 1]?.[0] ?? 0;
    const until = seq !== null && at !== null ? at / 1000 : Number.POSITIVE_INFINITY;
    return [...stored, ...tail.filter((one) => one[0] > end)].filter((one) => one[0] <= until);
  }, [base, tail, seq, at]);
  return { points, currency: base?.currency || current?.currency || all[0]?.currency || "USD", isAsked: base !== null };
}

type Range = "all" | "1d" | "1w" | "1m";
const RANGES: Record<Range, number> = { all: Number.POSITIVE_INFINITY, "1m": 30 * 86400, "1w": 7 * 86400, "1d": 86400 };

function EquityCurve({ account }: { account: string }) {
  const say = useSay();
  const { points, currency, isAsked } = useEquity(account);
  const [range, setRange] = useState<Range>("all");
  const from = (points[points.length - 1]?.[0] ?? 0) - RANGES[range];
  const shown = useMemo(() => (range === "all" ? points : points.filter((one) => one[0] >= from)), [points, range, from]);
  return (
    <Panel title={say("equity.curve")} id="equity-panel" aside={
      <Choice label={say("range")} value={range} onChange={setRange} options={(["1d", "1w", "1m", "all"] as const).map((one) => [one, say(`range.${one}` as Name)])} />
    }>
      {shown.length > 1 ? <Suspense fallback={<div className="plot-space" />}><Plot points={shown} currency={currency} label={say("equity")} /></Suspense>
        : <div className="plot-space">{isAsked && <Empty icon="chart" of="equity" />}</div>}
    </Panel>
  );
}

const RANK: Record<Limit["state"], number> = { hit: 3, near: 2, ok: 1, off: 0 };

/** Limits by how near they are. */
export function nearest(limits: Iterable<Limit>, count: number): Limit[] {
  return [...limits].filter((one) => one.state !== "off" && one.share !== null)
    .sort((a, b) => RANK[b.state] - RANK[a.state] || (b.share ?? 0) - (a.share ?? 0)).slice(0, count);
}

function Limits() {
  const say = useSay();
  const { state } = useRoom();
  const limits = useTable("limits");
  const shown = nearest(limits.values(), 5);
  const hit = [...limits.values()].filter((one) => one.state === "hit").length;
  const isOff = limits.size > 0 && [...limits.values()].every((one) => one.state === "off");
  return (
    <Panel title={say("limits")} id="limits" aside={<a href={link(state, "risk")}>{hit ? say("limits.hit", { count: hit }) : say("limits.all", { count: limits.size })}</a>}>
      {shown.length ? <div className="gauges">{shown.map((one) => (
        <Gauge key={one.key} code={one.id} label={word(say, "rule", one.name)} hint={said(one.text)} share={one.share} state={one.state}
          used={inUnit(one.used, one.unit, say)} limit={inUnit(one.limit, one.unit, say)} />
      ))}</div> : <Empty icon="risk" of={isOff ? "limits.off" : "limits"} />}
    </Panel>
  );
}

/** Line, engine, age of data: the things that must be well for the rest to be true. */
function Wellbeing() {
  const say = useSay();
  const health = useHealth();
  const connection = useConnection();
  const run = useRun();
  const accounts = useTable("accounts");
  const instruments = useTable("instruments");
  const deployments = useTable("deployments");
  const latches = useTable("latches");
  const { post, channels } = useMessages();
  const market = useMarketNow();
  const here = useNow();
  const bars = useMemo(() => {
    const spans = new Map<string, number>();
    for (const one of deployments.values()) {
      const length = seconds(one.bars);
      for (const symbol of one.instruments) if (length) spans.set(symbol, Math.min(length, spans.get(symbol) ?? Number.POSITIVE_INFINITY));
    }
    return spans;
  }, [deployments]);
  const ages = [...instruments.values()].map((one) => ({ one, fresh: freshness(age(one.ts, market), bars.get(one.symbol) ?? null, one.is_stale) }));
  const stale = ages.filter(({ fresh, one }) => (fresh === "late" || fresh === "old") && one.session?.is_open !== false);
  const closed = ages.filter(({ one }) => one.session?.is_open === false);
  const next = closed.map(({ one }) => ms(one.session?.next_ts)).filter((at): at is number => at !== null).sort((a, b) => a - b)[0];
  const isOk = health === "live" || health === "polling";
  const rows: [boolean | null, string, React.ReactNode][] = [
    [isOk, say("health.page"), word(say, "line", health === "reconnecting" ? "lost.short" : health)],
    [run?.is_running ?? false, say("health.engine"), run?.is_running ? <span className="num">#{connection.seq ?? run.seq}{run.pid ? ` · pid ${run.pid}` : ""}</span> : say("health.engine.off")],
    ...[...accounts.values()].filter((one) => one.line).map((one): [boolean, string, React.ReactNode] => [one.line?.is_up ?? false, say("health.broker", { account: one.name }), <bdi key="t">{one.line?.text}</bdi>]),
    [stale.length ? false : ages.length ? true : null, say("health.data"), stale.length ? say("health.data.stale", { symbols: stale.slice(0, 3).map(({ one }) => one.symbol).join(", "), count: stale.length }) : say("health.data.fresh", { count: ages.length })],
    ...(run?.is_disk_healthy === false ? [[false, say("health.disk"), say("health.disk.bad")] as [boolean, string, React.ReactNode]] : []),
    ...channels.map((one): [boolean | null, string, React.ReactNode] => [
      post?.has_notifier === true && !one.waiting, say("health.channel", { name: one.name }),
      one.waiting ? say("channels.waiting", { count: one.waiting }) : one.sent_ts ? <When key="w" ts={one.sent_ts} only="clock" /> : say("channels.never"),
    ]),
    [latches.size ? false : true, say("health.latches"), latches.size ? say("health.latches.some", { count: latches.size }) : say("health.latches.none")],
  ];
  return (
    <Panel title={say("health")} id="health">
      <ul className="health">
        {rows.map(([ok, label, text]) => (
          <li key={label} className={ok === null ? "" : ok ? "is-good" : "is-bad"} data-testid="health-row">
            <Icon name={ok === null ? "info" : ok ? "check" : "warning"} size={14} /><span>{label}</span><span className="health-text">{text}</span>
          </li>
        ))}
        {next !== undefined && closed.length === ages.length && <li><Icon name="clock" size={14} /><span>{say("health.session")}</span><span className="health-text">{say("health.session.next", { span: span(next - (run?.is_synthetic ? market : here), units(say)) })}</span></li>}
      </ul>
    </Panel>
  );
}

function Holdings() {
  const say = useSay();
  const { state } = useRoom();
  const deployments = useTable("deployments");
  const positions = useTable("positions");
  const top = [...positions.values()].sort((a, b) => Math.abs(approximate(b.value)) - Math.abs(approximate(a.value))).slice(0, 6);
  return (
    <div className="pair">
      <Panel title={say("page.deployments")} aside={<a href={link(state, "deployments")}>{say("all", { count: deployments.size })}</a>} id="overview-deployments">
        {deployments.size ? <ul className="brief">{[...deployments.values()].slice(0, 6).map((one) => (
          <li key={one.id}><a href={link(state, "deployments", { id: one.id })}>
            <span className="brief-main"><bdi>{one.id}</bdi><small>{one.strategy} · {one.bars} · {one.instruments.slice(0, 3).join(", ")}{one.instruments.length > 3 ? ` +${one.instruments.length - 3}` : ""}</small></span>
            <StatusTag status={one.status} />
            <Result value={one.day_pnl} part={one.day_pnl_share} currency={one.currency} stacked />
          </a></li>
        ))}</ul> : <Empty icon="deployments" of="deployments" />}
      </Panel>
      <Panel title={say("page.positions")} aside={<a href={link(state, "positions")}>{say("all", { count: positions.size })}</a>} id="overview-positions">
        {top.length ? <ul className="brief">{top.map((one) => (
          <li key={one.key}><a href={link(state, "chart", { symbol: one.symbol, deployment: one.deployment })}>
            <span className="brief-main"><span><bdi>{one.symbol}</bdi> <SideTag side={one.side} /></span><small className="num">{quantity(one.qty.replace("-", ""))} @ {price(one.entry_px, one.digits)}</small></span>
            <span className="num brief-px">{price(one.px, one.digits)}</span>
            <Result value={one.pnl} part={one.pnl_share} currency={one.currency} stacked />
          </a></li>
        ))}</ul> : <Empty icon="positions" of="positions" />}
      </Panel>
    </div>
  );
}

/** The newest lines of the run's log. */
function Log() {
  const say = useSay();
  const { seq } = usePast();
  const lines = useList("log").slice(-6).reverse();
  if (seq !== null) return null;
  return (
    <Panel title={say("log")} id="log" aside={<code className="quiet">openbell logs</code>}>
      {lines.length ? <ol className="feed">{lines.map((one) => (
        <li key={one.seq} className={`level-${one.level}`} data-testid="log-line"><When ts={String(Date.parse(one.at) * 1e6)} only="clock" /><span dir="auto">{one.text} <small className="quiet">{one.component}</small></span></li>
      ))}</ol> : <p className="quiet">{say("log.none")}</p>}
    </Panel>
  );
}

/** The newest fills and alerts, newest first. */
function Happened() {
  const say = useSay();
  const { state } = useRoom();
  const fills = useList("fills");
  const alerts = useList("alerts");
  const instruments = useTable("instruments");
  const rows = useMemo(() => [
    ...standing(fills.slice(-24)).slice(-12).map((fill) => ({ at: fill.seq, ts: fill.ts, fill, alert: null })),
    ...alerts.slice(-12).map((alert) => ({ at: alert.seq, ts: alert.ts, fill: null, alert })),
  ].sort((a, b) => b.at - a.at).slice(0, 8), [fills, alerts]);
  return (
    <Panel title={say("happened")} id="happened" aside={<a href={link(state, "history")}>{say("page.history")}</a>}>
      {rows.length ? <ol className="feed">{rows.map((row, at) => (
        <li key={`${row.at}/${row.fill ? `f${row.fill.oid}` : "a"}/${at}`}>
          <When ts={row.ts} only="clock" />
          {row.fill ? (
            <span><SideTag side={row.fill.side} /> <b className="num">{quantity(row.fill.qty.replace("-", ""))}</b> <bdi>{row.fill.symbol}</bdi> <span className="num">@ {figure(row.fill.px, { digits: instruments.get(row.fill.symbol)?.digits ?? 2 })}</span>
              {row.fill.reason && <small className="quiet"> {word(say, "reason", row.fill.reason)}</small>}</span>
          ) : <span className={`alert-text level-${row.alert?.level}`}><Icon name={row.alert?.level === "info" ? "info" : "warning"} size={13} /> <span dir="auto">{said(row.alert?.text ?? "")}</span></span>}
        </li>
      ))}</ol> : <Empty icon="history" of="happened" />}
    </Panel>
  );
}

