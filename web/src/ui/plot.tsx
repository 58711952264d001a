/** Equity over time, by uPlot; a table with the same figures is one button away. */

import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { money, short } from "../format/number";
import { clock, day, instant } from "../format/time";
import { useSay } from "../i18n";
import { useSettings } from "../settings";
import { useZone } from "./clock";

export type Points = [number, number][];

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export default function Plot({ points, currency, height = 240, label }: { points: Points; currency: string; height?: number; label: string }) {
  const say = useSay();
  const { settings } = useSettings();
  const zone = useZone();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const [isTable, setTable] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  const data = useMemo<uPlot.AlignedData>(() => [points.map((one) => one[0]), points.map((one) => one[1])], [points]);
  const latest = useRef(data);
  latest.current = data;
  const isWhole = useRef(true);
  const first = points[0]?.[1] ?? 0;
  const shown = at === null ? points[points.length - 1] : points[at];

  useEffect(() => {
    const element = box.current;
    if (!element || isTable) return;
    const line = token("--accent");
    const axis: uPlot.Axis = { stroke: token("--quiet"), grid: { stroke: token("--grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui", gap: 6 };
    const made = new uPlot({
      width: element.clientWidth || 300,
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      legend: { show: false },
      padding: [10, 8, 0, 18],
      cursor: { y: false, points: { size: 7, fill: line, stroke: line }, drag: { x: true, y: false } },
      // A flat line stays in the middle, with room around it of a thousandth of what it is worth.
      scales: { y: { range: (_, min, max) => { const room = Math.max((max - min) * 0.08, Math.abs(max) * 0.0005, 0.01); return [min - room, max + room]; } } },
      axes: [
        { ...axis, size: 28, values: (_, splits, __, ___, step) => splits.map((one) => instant(one, step, zone)), space: 80 },
        { ...axis, size: 72, side: 1, values: (_, splits, __, ___, step) => splits.map((one) => short(one, currency, step)) },
      ],
      series: [{}, { stroke: line, width: 1.75, points: { show: false }, fill: (self) => fade(self, line) }],
      hooks: {
        setCursor: [(self) => setAt(self.cursor.idx ?? null)],
        // A scale is drawn after it is set: only here are it and the data those of one moment.
        setScale: [(self, key) => {
          const { min = 0, max = 0 } = self.scales["x"] ?? {};
          const own = self.data[0];
          if (key !== "x" || min === null || max === null) return;
          isWhole.current = min <= (own[0] ?? 0) && max >= (own[own.length - 1] ?? 0);
          element.dataset["until"] = String(max);
        }],
      },
    }, latest.current, element);
    chart.current = made;
    isWhole.current = true;
    const seen = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    seen.observe(element);
    return () => {
      seen.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [height, zone, currency, isTable, settings.theme, settings.palette]);

  useEffect(() => {
    const made = chart.current;
    if (!made) return;
    // A zoom stays while points arrive: the scale is set anew only where all of it is in sight.
    const { min, max } = made.scales["x"] ?? {};
    const wasWhole = isWhole.current;
    made.setData(data, wasWhole);
    if (!wasWhole && typeof min === "number" && typeof max === "number") made.setScale("x", { min, max });
  }, [data]);

  return (
    <figure className="plot" data-testid="equity-plot" data-points={points.length}>
      <figcaption>
        <span className="num">{shown ? `${day(shown[0] * 1000, zone)} ${clock(shown[0] * 1000, zone)}` : "–"}</span>
        <strong className="num">{shown ? money(String(shown[1].toFixed(2)), currency) : "–"}</strong>
        {shown && <span className={`num ${shown[1] >= first ? "gain" : "loss"}`}>{money((shown[1] - first).toFixed(2), currency, { signed: true })}</span>}
        <span className="top-space" />
        <button type="button" className="link-button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>{say(isTable ? "plot.chart" : "plot.table")}</button>
      </figcaption>
      {isTable ? (
        <div className="plot-table" style={{ blockSize: height }} tabIndex={0}>
          <table><thead><tr><th>{say("column.time")}</th><th className="is-number">{label}</th></tr></thead>
            <tbody>{points.slice(-300).reverse().map(([seconds, value]) => (
              <tr key={seconds}><td className="num">{day(seconds * 1000, zone)} {clock(seconds * 1000, zone)}</td><td className="is-number num">{money(value.toFixed(2), currency)}</td></tr>
            ))}</tbody></table>
        </div>
      ) : <div ref={box} role="img" aria-label={label} style={{ blockSize: height }} />}
    </figure>
  );
}

function fade(plot: uPlot, colour: string): CanvasGradient {
  const gradient = plot.ctx.createLinearGradient(0, plot.bbox.top, 0, plot.bbox.top + plot.bbox.height);
  gradient.addColorStop(0, `${colour}38`);
  gradient.addColorStop(1, `${colour}00`);
  return gradient;
}
