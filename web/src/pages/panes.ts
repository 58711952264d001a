/** What stands with the candles: the numbers a strategy decided by, and where one session ends and the next begins. */

import type { CanvasRenderingTarget2D } from "fancy-canvas";
import { type IChartApi, type IPanePrimitive, LineSeries, type ISeriesApi, type PaneAttachedParameter, type Time, type UTCTimestamp } from "lightweight-charts";
import type { Bar, Decision } from "../api/types";
import { ms } from "../format/time";

/** One number of a strategy over time; `isPrice` where it lies among the prices, else it has a pane of its own. */
export interface Track {
  name: string;
  isPrice: boolean;
  points: [number, number][];
}

/** A number counts as a price while its median lies within this factor of the prices. */
const NEAR = 1.3;

/** Lines from decisions, each number at the bar that was decided on. */
export function tracks(decisions: readonly Decision[], bars: readonly Bar[], barOf: (seconds: number) => number | null): Track[] {
  const found = new Map<string, Map<number, number>>();
  for (const row of decisions) {
    const time = barOf((ms(row.ts) ?? 0) / 1000);
    if (time === null) continue;
    for (const [name, value] of Object.entries(row.numbers)) {
      if (value === null || !Number.isFinite(value)) continue;
      const points = found.get(name) ?? new Map<number, number>();
      points.set(time, value);
      found.set(name, points);
    }
  }
  const low = Math.min(...bars.map((bar) => bar[3]));
  const high = Math.max(...bars.map((bar) => bar[2]));
  return [...found].map(([name, points]) => {
    const all = [...points].sort((a, b) => a[0] - b[0]);
    const middle = [...points.values()].sort((a, b) => a - b)[points.size >> 1] ?? 0;
    return { name, isPrice: middle > low / NEAR && middle < high * NEAR, points: all };
  });
}

/** Starts of sessions: the first bar of each day of the exchange. */
export function sessionStarts(bars: readonly Bar[], dayOf: (seconds: number) => string): number[] {
  const starts: number[] = [];
  let before = "";
  for (const [time] of bars) {
    const day = dayOf(time);
    if (day !== before) starts.push(time);
    before = day;
  }
  return starts;
}

/** Shades every other session behind the candles. */
export class Shade implements IPanePrimitive<Time> {
  private chart: IChartApi | null = null;
  private redraw: () => void = () => undefined;
  private starts: readonly number[] = [];
  private end = 0;

  constructor(private readonly color: string) {}

  attached({ chart, requestUpdate }: PaneAttachedParameter<Time>): void {
    this.chart = chart as IChartApi;
    this.redraw = requestUpdate;
  }

  set(starts: readonly number[], end: number): void {
    this.starts = starts;
    this.end = end;
    this.redraw();
  }

  paneViews() {
    return [{ zOrder: () => "bottom" as const, renderer: () => ({ draw: (target: CanvasRenderingTarget2D) => this.draw(target) }) }];
  }

  private draw(target: CanvasRenderingTarget2D): void {
    const scale = this.chart?.timeScale();
    if (!scale) return;
    const half = scale.options().barSpacing / 2;
    const at = (time: number) => scale.timeToCoordinate(time as UTCTimestamp);
    target.useBitmapCoordinateSpace(({ context, bitmapSize, horizontalPixelRatio: ratio }) => {
      context.fillStyle = this.color;
      for (let one = 1; one < this.starts.length; one += 2) {
        const from = at(this.starts[one] ?? 0);
        const next = this.starts[one + 1];
        const to = next === undefined ? at(this.end) : at(next);
        if (from === null || to === null) continue;
        const until = to + (next === undefined ? half : -half);
        context.fillRect((from - half) * ratio, 0, (until - from + half) * ratio, bitmapSize.height);
      }
    });
  }
}

const COLOURS = ["--accent", "--warn", "--track-3", "--track-4"];

/** Draw tracks as lines; those that are no prices share a pane below. */
export function drawTracks(chart: IChartApi, lines: Map<string, ISeriesApi<"Line">>, wanted: readonly Track[], token: (name: string) => string): void {
  for (const [name, line] of [...lines]) {
    if (wanted.some((one) => one.name === name)) continue;
    chart.removeSeries(line);
    lines.delete(name);
  }
  wanted.forEach((one, at) => {
    let line = lines.get(one.name);
    if (!line) {
      line = chart.addSeries(LineSeries, { lineWidth: 1, color: token(COLOURS[at % COLOURS.length] ?? ""), title: one.name, priceLineVisible: false, lastValueVisible: true, crosshairMarkerVisible: false }, one.isPrice ? 0 : 1);
      lines.set(one.name, line);
    }
    line.setData(one.points.map(([time, value]) => ({ time: time as UTCTimestamp, value })));
  });
  const below = chart.panes()[1];
  if (below) below.setStretchFactor(0.28);
}
