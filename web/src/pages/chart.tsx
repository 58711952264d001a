/** Candles of one instrument with what was done there: entries, exits, stops and targets. */

import { type AutoscaleInfo, CandlestickSeries, createChart, createSeriesMarkers, CrosshairMode, HistogramSeries, type IChartApi, type IPriceLine, type ISeriesApi, type ISeriesMarkersPluginApi, LineStyle, type Time, type UTCTimestamp } from "lightweight-charts";
import { useEffect, useMemo, useRef, useState } from "react";
import { get } from "../api/client";
import type { Bar, Decision, Fill, Position } from "../api/types";
import { approximate, figure, money, price, quantity } from "../format/number";
import { clock, day, ms } from "../format/time";
import { type Say, useSay, word } from "../i18n";
import { go, link, useRoute } from "../route";
import { useSettings } from "../settings";
import { standing } from "../store/fills";
import { useList, useRun, useStore, useTable } from "../store/use";
import { Empty, ModeBadge, Panel, Result, SideTag, StatusTag } from "../ui/bits";
import { useMoney } from "../ui/money";
import { useConnection, useZone } from "../ui/clock";
import { usePast, useRoom } from "../ui/context";
import { Select } from "../ui/form";
import { drawTracks, sessionStarts, Shade, tracks } from "./panes";
import { Price } from "./positions";

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const KEPT = 5000;
/** In place of a deployment's name, which is never this. */
const ALL = "*";
/** The narrowest bar at first, px: the words of two marks have room beside each other. */
const LEAST_PX = 6;
/** Bars between two marks that have words. */
const ROOM = 12;

interface Handles {
  chart: IChartApi;
  candles: ISeriesApi<"Candlestick">;
  volume: ISeriesApi<"Histogram">;
  marks: ISeriesMarkersPluginApi<Time>;
}

/** Bars of an instrument: those stored, then those that arrive; a bar that arrives twice replaces itself, one that comes late has its place. */
export function merge(bars: readonly Bar[], added: readonly Bar[]): Bar[] {
  const found = [...bars];
  for (const bar of added) {
    const last = found[found.length - 1];
    if (!last || bar[0] > last[0]) found.push(bar);
    else {
      const at = found.findIndex((one) => one[0] >= bar[0]);
      const isKnown = found[at]?.[0] === bar[0];
      if (at > 0 || isKnown) found.splice(at, isKnown ? 1 : 0, bar);
    }
  }
  return found.length > KEPT ? found.slice(found.length - KEPT) : found;
}

function useBars(symbol: string) {
  const { state } = useRoom();
  const { seq } = usePast();
  const store = useStore();
  const isBack = useConnection().phase === "open";
  const [found, setFound] = useState<{ symbol: string; bars: Bar[] } | null>(null);
  const [problem, setProblem] = useState("");
  const [turn, setTurn] = useState(0);
  // Bars that arrive while those stored are on their way: in neither of them alone is the whole chart.
  const early = useRef<Bar[] | null>(null);
  useEffect(() => {
    if (!symbol) return;
    const stop = new AbortController();
    early.current = [];
    get<{ bars: Bar[] }>("/api/bars", { state, symbol, count: 2000 }, stop.signal)
      .then((answer) => {
        setFound({ symbol, bars: merge(answer.bars, early.current ?? []) });
        early.current = null;
        setProblem("");
      })
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        early.current = null;
        setProblem(error instanceof Error ? error.message : String(error));
      });
    return () => stop.abort();
  }, [state, symbol, isBack, turn]);
  useEffect(() => {
    if (seq !== null) return;
    return store.watchBars((rows) => {
      if (!rows) return setTurn((one) => one + 1);
      const mine = rows.filter((row) => row.symbol === symbol).map((row) => row.bar);
      early.current?.push(...mine);
      if (mine.length) setFound((old) => (old && old.symbol === symbol ? { symbol, bars: merge(old.bars, mine) } : old));
    });
  }, [store, symbol, seq]);
  return { bars: found?.symbol === symbol ? found.bars : null, problem };
}

export default function Chart() {
  const say = useSay();
  const run = useRun();
  const { mark } = useMoney();
  const { state } = useRoom();
  const { query } = useRoute();
  const { seq } = usePast();
  const instruments = useTable("instruments");
  const deployments = useTable("deployments");
  const positions = useTable("positions");
  const fills = useList("fills");
  const symbols = [...instruments.keys()].sort();
  const held = [...positions.values()][0]?.symbol;
  // Where none was asked for it stays with the first: a chart that changes under one's eyes with what is held is none.
  const first = useRef("");
  if (!instruments.has(first.current)) first.current = held ?? symbols[0] ?? "";
  const symbol = query["symbol"] && instruments.has(query["symbol"]) ? query["symbol"] : first.current;
  const here = useMemo(() => standing(fills).filter((fill) => fill.symbol === symbol), [fills, symbol]);
  // Who trades it, and who did: an order by hand, or one of a deployment whose list has changed since.
  const names = [...new Set([...[...deployments.values()].filter((one) => one.instruments.includes(symbol)).map((one) => one.id), ...here.map((fill) => fill.deployment)])];
  const whose = [...names, ALL].find((one) => one === query["deployment"]) ?? names[0] ?? ALL;
  const chosen = deployments.get(whose);
  const instrument = instruments.get(symbol);
  const digits = tickDigits(instrument?.tick) ?? instrument?.digits ?? 2;
  const { bars: all, problem } = useBars(symbol);
  const until = seq === null ? Number.POSITIVE_INFINITY : (ms(run?.market_ts) ?? 0) / 1000;
  const bars = useMemo(() => (all && until !== Number.POSITIVE_INFINITY ? all.filter((bar) => bar[0] <= until) : all), [all, until]);
  const isMine = (one: { deployment: string }) => whose === ALL || one.deployment === whose;
  const mine = useMemo(() => here.filter(isMine), [here, whose]);
  const open = [...positions.values()].filter((one) => one.symbol === symbol);
  const isDeployed = chosen?.status === "active" || chosen?.status === "paused";
  if (!symbol) return <div className="page"><Empty icon="chart" of="chart" /></div>;
  return (
    <div className="page is-filled" data-testid="chart">
      <div className="page-head">
        <h1 className="unseen">{say("page.chart")}</h1>
        <Select isBare label={say("column.symbol")} value={symbol} id="chart-symbol" onChange={(value) => go(link(state, "chart", { symbol: value }))} options={symbols.map((one) => [one, one] as const)} />
        <strong className="chart-price"><Price symbol={symbol} value={instrument?.px ?? null} digits={digits} /></strong>
        {instrument && (instrument.bid !== null || instrument.ask !== null) && <span className="num quiet">{price(instrument.bid, digits)} / {price(instrument.ask, digits)}</span>}
        <span className="top-space" />
        <span className="info-panel" data-testid="strategy-info">
          {names.length > 1 ? <Select isBare label={say("column.deployment")} value={whose} id="chart-deployment" onChange={(value) => go(link(state, "chart", { symbol, deployment: value }))} options={[...names.map((one) => [one, one] as const), [ALL, say("all.short")]]} /> : <bdi>{names[0]}</bdi>}
          {chosen && <>
            <span className="quiet"><bdi>{chosen.strategy}</bdi> · {chosen.bars}</span>
            {isDeployed && <span className="badge badge-white is-deployed" data-testid="deployed-badge"><span className="badge-dot" aria-hidden="true" />{say("deployed")}</span>}
            {isDeployed && run && <ModeBadge badge={run.badge} mode={run.mode} isDeployed={chosen.status === "active"} mark={mark} />}
            <StatusTag status={chosen.status} />
          </>}
        </span>
      </div>
      <Panel flush className="chart-panel">
        {problem && !bars ? <Empty icon="warning" title={say("empty.chart.failed")} text={problem} />
          : bars && bars.length ? <Candles key={symbol} symbol={symbol} deployment={chosen?.id} sessionZone={instrument?.session?.zone || "UTC"} bars={bars} whose={whose} fills={mine} positions={open.filter(isMine)} digits={digits} />
            : <div className="plot-space">{bars && <Empty icon="chart" of="bars" />}</div>}
      </Panel>
      {open.length > 0 && (
        <ul className="chart-positions">{open.map((one) => (
          <li key={one.key} data-testid="chart-position">
            <SideTag side={one.side} /> <b className="num">{quantity(one.qty.replace("-", ""))}</b> <span className="num">@ {price(one.entry_px, one.digits)}</span> <bdi className="quiet">{one.deployment}</bdi>
            <Result value={one.pnl} part={one.pnl_share} currency={one.currency} />
            <span className="num quiet">{say("column.stop")} {price(one.stop_px, one.digits)} · {say("column.target")} {price(one.target_px, one.digits)} · {money(one.value, one.currency)}</span>
          </li>
        ))}</ul>
      )}
    </div>
  );
}

/** Decimals of a price step, null where it is not known. */
export function tickDigits(tick: string | null | undefined): number | null {
  const match = /^\d+(?:\.(\d*?)0*)?$/.exec(tick ?? "");
  return match && Number(tick) > 0 ? (match[1] ?? "").length : null;
}

/** The decisions of a deployment on an instrument: those of the past by page, then those that arrive. */
function useDecisions(deployment: string | undefined, symbol: string, isWanted: boolean): Decision[] {
  const { state } = useRoom();
  const newest = useList("decisions");
  const [older, setOlder] = useState<Decision[]>([]);
  useEffect(() => {
    setOlder([]);
    if (!deployment || !isWanted) return;
    const stop = new AbortController();
    // Without them the lines begin with what is here.
    get<{ decisions: Decision[] }>("/api/decisions", { state, deployment, symbol, count: 500 }, stop.signal).then((found) => setOlder(found.decisions)).catch(() => undefined);
    return () => stop.abort();
  }, [state, deployment, symbol, isWanted]);
  return useMemo(() => {
    if (!isWanted) return [];
    const mine = newest.filter((row) => row.deployment === deployment && row.symbol === symbol);
    const first = mine[0]?.seq ?? Number.POSITIVE_INFINITY;
    return [...older.filter((row) => row.seq < first), ...mine];
  }, [older, newest, deployment, symbol, isWanted]);
}

/** The start of the bar in which an instant lies. */
export function barOf(bars: readonly Bar[], seconds: number): number | null {
  let low = 0;
  let high = bars.length - 1;
  let found: number | null = null;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const start = (bars[middle] as Bar)[0];
    if (start < seconds || (start === seconds && middle === 0)) {
      found = start;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}

function Candles({ symbol, deployment, sessionZone, bars, whose, fills, positions, digits }: { symbol: string; deployment: string | undefined; sessionZone: string; bars: Bar[]; whose: string; fills: Fill[]; positions: Position[]; digits: number }) {
  const say = useSay();
  const zone = useZone();
  const { settings } = useSettings();
  const box = useRef<HTMLDivElement>(null);
  const handles = useRef<Handles | null>(null);
  const drawn = useRef<readonly Bar[]>([]);
  const lines = useRef(new Map<string, { line: IPriceLine; price: number }>());
  const [legend, setLegend] = useState<Bar | null>(null);
  const [isTable, setTable] = useState(false);
  const [made, setMade] = useState(0);
  const [withLevels, setWithLevels] = useState(true);
  const [withNumbers, setWithNumbers] = useState(true);
  const tracked = useRef(new Map<string, ISeriesApi<"Line">>());
  const shade = useRef<Shade | null>(null);
  const decisions = useDecisions(deployment, symbol, withNumbers);
  const levels = useRef<number[]>([]);
  levels.current = withLevels ? positions.flatMap((one) => [one.entry_px, one.stop_px, one.target_px]).filter((value): value is string => value !== null).map(approximate) : [];
  const look = `${settings.theme}/${settings.palette}/${document.documentElement.dataset["theme"]}`;

  useEffect(() => {
    const element = box.current;
    if (!element || isTable) return;
    const at = (time: Time) => Number(time) * 1000;
    const [up, down, quiet, grid] = [token("--gain"), token("--loss"), token("--quiet"), token("--grid")];
    const chart = createChart(element, {
      autoSize: true,
      layout: { background: { color: "transparent" }, textColor: quiet, fontFamily: "system-ui, sans-serif", fontSize: 11, attributionLogo: false },
      grid: { vertLines: { color: grid }, horzLines: { color: grid } },
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.24 } },
      timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false, rightOffset: 6, tickMarkFormatter: (time: Time, kind: number) => (kind < 3 ? day(at(time), zone).slice(5) : clock(at(time), zone).slice(0, 5)) },
      localization: { timeFormatter: (time: Time) => `${day(at(time), zone)} ${clock(at(time), zone).slice(0, 5)}` },
    });
    const candles = chart.addSeries(CandlestickSeries, {
      upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false,
      priceFormat: { type: "custom", minMove: 10 ** -digits, formatter: (value: number) => figure(value, { digits }) },
      autoscaleInfoProvider: (standard: () => AutoscaleInfo | null) => {
        const info = standard();
        const range = info?.priceRange;
        if (!info || !range || !levels.current.length) return info;
        return { ...info, priceRange: { minValue: Math.min(range.minValue, ...levels.current), maxValue: Math.max(range.maxValue, ...levels.current) } };
      },
    });
    const volume = chart.addSeries(HistogramSeries, { priceScaleId: "volume", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false });
    chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    const marks = createSeriesMarkers(candles, []);
    chart.subscribeCrosshairMove((move) => {
      const data = move.seriesData.get(candles) as { open: number; high: number; low: number; close: number } | undefined;
      const traded = move.seriesData.get(volume) as { value: number } | undefined;
      setLegend(data && move.time ? [Number(move.time), data.open, data.high, data.low, data.close, traded?.value ?? 0] : null);
    });
    shade.current = new Shade(token("--session"));
    chart.panes()[0]?.attachPrimitive(shade.current);
    handles.current = { chart, candles, volume, marks };
    tracked.current = new Map();
    drawn.current = [];
    lines.current = new Map();
    setMade((count) => count + 1);
    return () => {
      handles.current = null;
      chart.remove();
    };
  }, [zone, digits, isTable, look]);

  useEffect(() => {
    const made = handles.current;
    if (!made) return;
    draw(made, drawn.current, bars);
    drawn.current = bars;
  }, [bars, made]);

  const starts = useMemo(() => sessionStarts(bars, (time) => day(time * 1000, sessionZone)), [bars, sessionZone]);
  useEffect(() => shade.current?.set(starts, bars[bars.length - 1]?.[0] ?? 0), [starts, bars, made]);
  const numbers = useMemo(() => (withNumbers ? tracks(decisions, bars, (at) => barOf(bars, at)) : []), [decisions, bars, withNumbers]);
  useEffect(() => {
    if (handles.current) drawTracks(handles.current.chart, tracked.current, numbers, token);
  }, [numbers, made]);

  const times = useMemo(() => fills.map((fill) => ({ fill, time: barOf(bars, (ms(fill.ts) ?? 0) / 1000) })), [fills, bars]);
  useEffect(() => {
    const shown = times.filter((one) => one.time !== null);
    const step = (bars[1]?.[0] ?? 0) - (bars[0]?.[0] ?? 0);
    let named = 0;
    handles.current?.marks.setMarkers(shown.map(({ fill, time }) => {
      const isBuy = fill.side === "buy";
      // Words that would lie on each other say nothing.
      const hasRoom = Number(time) >= named + ROOM * step;
      if (hasRoom) named = Number(time);
      return {
        time: time as UTCTimestamp, position: isBuy ? "belowBar" as const : "aboveBar" as const, shape: fill.is_exit ? "circle" as const : isBuy ? "arrowUp" as const : "arrowDown" as const,
        color: fill.is_exit ? token("--text") : isBuy ? token("--gain") : token("--loss"), text: hasRoom ? `${whose === ALL ? `${fill.deployment}: ` : ""}${marker(say, fill)}` : "",
      };
    }));
  }, [times, whose, say, made]);

  useEffect(() => {
    if (handles.current) drawLines(handles.current.candles, lines.current, positions, say, whose === ALL);
  }, [positions, whose, say, made]);
  // The scale is worked out anew by any change of its options.
  useEffect(() => handles.current?.candles.applyOptions({}), [withLevels, made]);

  const shown = legend ?? bars[bars.length - 1];
  return (
    <figure className="candles" data-testid="candles" data-bars={bars.length} data-tracks={numbers.map((one) => one.name).join(" ")} data-sessions={starts.length} data-marks={times.filter((one) => one.time !== null).length}>
      <figcaption>
        {shown && <Legend bar={shown} digits={digits} zone={zone} />}
        <span className="top-space" />
        {deployment && <button type="button" className="link-button" aria-pressed={withNumbers} onClick={() => setWithNumbers(!withNumbers)} data-testid="chart-numbers">{say("chart.numbers")}</button>}
        {positions.length > 0 && <button type="button" className="link-button" aria-pressed={withLevels} onClick={() => setWithLevels(!withLevels)} data-testid="chart-levels">{say(withLevels ? "chart.closer" : "chart.levels")}</button>}
        <button type="button" className="link-button" onClick={() => handles.current?.chart.timeScale().scrollToRealTime()}>{say("chart.latest")}</button>
        <button type="button" className="link-button" aria-pressed={isTable} onClick={() => setTable(!isTable)} data-testid="chart-table">{say(isTable ? "plot.chart" : "plot.table")}</button>
      </figcaption>
      {isTable ? <BarTable bars={bars} digits={digits} zone={zone} /> : <div ref={box} className="candles-box" role="img" aria-label={say("chart.label", { symbol, bars: bars.length, whose: whose === ALL ? say("all.short") : whose })} />}
    </figure>
  );
}

function draw({ candles, volume, chart }: Handles, before: readonly Bar[], bars: readonly Bar[]): void {
  const candle = ([time, open, high, low, close]: Bar) => ({ time: time as UTCTimestamp, open, high, low, close });
  const [up, down] = [`${token("--gain")}55`, `${token("--loss")}55`];
  const traded = ([time, open, , , close, value]: Bar) => ({ time: time as UTCTimestamp, value, color: close >= open ? up : down });
  // Only what follows on the last candle that was drawn may be added; a bar that came in between draws all anew.
  const grows = before.length > 0 && before[0]?.[0] === bars[0]?.[0] && before[before.length - 1]?.[0] === bars[before.length - 1]?.[0];
  if (!grows) {
    candles.setData(bars.map(candle));
    volume.setData(bars.map(traded));
    if (!before.length) chart.timeScale().setVisibleLogicalRange({ from: bars.length - Math.min(140, Math.max(45, chart.timeScale().width() / LEAST_PX)), to: bars.length + 6 });
    return;
  }
  for (const bar of bars.slice(before.length - 1)) {
    candles.update(candle(bar));
    volume.update(traded(bar));
  }
}

function marker(say: Say, fill: Fill): string {
  return fill.is_exit ? word(say, "reason", fill.reason).slice(0, 24) : `${word(say, "side", fill.side)} ${quantity(fill.qty.replace("-", ""))}`;
}

/** Lines of what is held: entry, stop and target, each with its word. */
function drawLines(series: ISeriesApi<"Candlestick">, lines: Map<string, { line: IPriceLine; price: number }>, positions: readonly Position[], say: Say, isNamed: boolean): void {
  const wanted = new Map<string, { price: number; color: string; title: string; lineStyle: LineStyle }>();
  for (const one of positions) {
    for (const [at, colour, name, lineStyle] of [[one.entry_px, "--accent", "column.entry", LineStyle.Dotted], [one.stop_px, "--loss", "column.stop", LineStyle.Dashed], [one.target_px, "--gain", "column.target", LineStyle.Dashed]] as const) {
      const title = isNamed ? `${one.deployment}: ${say(name)}` : say(name);
      if (at) wanted.set(`${one.key}/${title}`, { price: approximate(at), color: token(colour), title, lineStyle });
    }
  }
  for (const [key, { line, price: at }] of [...lines]) {
    if (wanted.get(key)?.price === at) continue;
    series.removePriceLine(line);
    lines.delete(key);
  }
  for (const [key, options] of wanted) if (!lines.has(key)) lines.set(key, { line: series.createPriceLine({ ...options, lineWidth: 1, axisLabelVisible: true, axisLabelTextColor: token("--surface") }), price: options.price });
}

function Legend({ bar: [time, open, high, low, close, volume], digits, zone }: { bar: Bar; digits: number; zone: string }) {
  return (
    <span className="legend num">
      <b>{day(time * 1000, zone).slice(5)} {clock(time * 1000, zone).slice(0, 5)}</b>
      {([["O", open], ["H", high], ["L", low], ["C", close]] as const).map(([name, value]) => <span key={name}><i>{name}</i>{figure(value, { digits })}</span>)}
      <span className={close >= open ? "gain" : "loss"}>{figure(open ? (close / open - 1) * 100 : null, { digits: 2, signed: true })}%</span>
      <span><i>V</i>{figure(volume, { digits: 0 })}</span>
    </span>
  );
}

function BarTable({ bars, digits, zone }: { bars: readonly Bar[]; digits: number; zone: string }) {
  const say = useSay();
  return (
    <div className="plot-table candles-box" tabIndex={0}>
      <table>
        <thead><tr><th>{say("column.time")}</th>{["O", "H", "L", "C", "V"].map((name) => <th key={name} className="is-number">{name}</th>)}</tr></thead>
        <tbody>{bars.slice(-300).reverse().map(([time, ...rest]) => (
          <tr key={time}><td className="num">{day(time * 1000, zone)} {clock(time * 1000, zone)}</td>{rest.map((value, at) => <td key={at} className="is-number num">{figure(value, { digits: at === 4 ? 0 : digits })}</td>)}</tr>
        ))}</tbody>
      </table>
    </div>
  );
}
