// What the charts draw: an account's equity with its drawdown, and an instrument's bars with its fills.
"use strict";
const HINT = "Point or tap to read values, drag to zoom. Keys: ← → + − Home End, 0 for all.";

class EquityModel {
  constructor(curve, synthetic) {
    this.unit = curve;
    this.synthetic = synthetic;
    this.xs = curve.points.map((p) => p[0]);
    this.equity = curve.points.map((p) => p[1]);
    this.falls = curve.points.map((p) => p[2]);
    const end = this.xs[this.xs.length - 1], start = this.xs[0];
    this.range = end > start ? [start, end] : [start - 60, end + 60];
    this.least = Math.max((this.range[1] - this.range[0]) / 2000, 2);
    this.widest = [Math.min(...this.equity), Math.max(...this.equity)]
      .map((v) => money(v, curve)).reduce((a, b) => (a.length > b.length ? a : b));
    this.hint = HINT;
    this.label = "Equity and drawdown of account " + curve.account + (synthetic ? ", synthetic data" : "");
  }

  nearest(x) {
    const at = place(this.xs, x);
    return at + 1 < this.xs.length && this.xs[at + 1] - x < x - this.xs[at] ? at + 1 : at;
  }

  describe(at) {
    return stamp(this.xs[at]) + " · equity " + money(this.equity[at], this.unit) + " · drawdown " +
      percentText(this.falls[at]);
  }

  notes() { return []; }

  times([a, b], most) {
    const step = STEPS.find((s) => (b - a) / s <= most) || STEPS[STEPS.length - 1], found = [];
    for (let t = Math.ceil(a / step) * step; t <= b; t += step) found.push([t, t, step]);
    return found;
  }

  draw(pen, box, x, [a, b]) {
    const first = place(this.xs, a), last = Math.min(place(this.xs, b) + 1, this.xs.length - 1);
    const split = Math.round(box.height * 0.68), values = this.equity.slice(first, last + 1);
    const upper = {...box, height: split - 10}, lower = {...box, top: box.top + split, height: box.height - split};
    const label = (v, digits) => money(v, this.unit, false, Math.min(digits, this.unit.money));
    const y = scaleOf(pen, upper, Math.min(...values), Math.max(...values), label);
    const deepest = Math.min(...this.falls.slice(first, last + 1), -1e-4);
    const z = scaleOf(pen, lower, deepest, 0, (v) => (v > 1e-9 ? "" : percentText(v)));
    pen.save();
    pen.beginPath();
    pen.rect(box.left, box.top, box.width, box.height);
    pen.clip();
    this.line(pen, first, last, x, y, this.equity);
    pen.strokeStyle = shade("line");
    pen.lineWidth = 1.8;
    pen.stroke();
    this.line(pen, first, last, x, z, this.falls);
    pen.strokeStyle = shade("down");
    pen.lineWidth = 1.2;
    pen.stroke();
    pen.lineTo(x(this.xs[last]), z(0));
    pen.lineTo(x(this.xs[first]), z(0));
    pen.fillStyle = shade("downveil");
    pen.fill();
    pen.restore();
    pen.fillStyle = shade("muted");
    pen.fillText("Equity", box.left + 4, upper.top + 12);
    pen.fillText("Drawdown", box.left + 4, lower.top + lower.height - 6);
  }

  line(pen, first, last, x, y, values) {
    pen.beginPath();
    pen.moveTo(x(this.xs[first]), y(values[first]));
    for (let i = first + 1; i <= last; i++) pen.lineTo(x(this.xs[i]), y(values[i]));
  }
}

class PriceModel {
  constructor(chart, unit, words, synthetic) {
    this.unit = unit;
    this.words = words;
    this.synthetic = synthetic;
    this.unpack(chart, 10 ** unit.price);
    this.xs = this.bars.map((_, i) => i);
    this.range = [-0.6, this.bars.length - 0.4];
    this.least = 12;
    this.widest = priceText(Math.max(...this.bars.map((bar) => bar.high)), unit);
    this.hint = HINT;
    this.label = "Price of " + chart.symbol + " with " + chart.marks.length + " fills" +
      (synthetic ? ", synthetic data" : "");
  }

  unpack(chart, scale) {
    let t = 0, close = 0;
    this.bars = chart.bars.map((row) => {
      t += row[0];
      const open = close + row[2];
      close = open + row[5];
      return {begin: t - row[1], end: t, open: open / scale, high: (open + row[3]) / scale,
        low: (open + row[4]) / scale, close: close / scale, volume: row[6], marks: []};
    });
    const begins = this.bars.map((bar) => bar.begin);
    for (const [time, px, qty, exit, reason] of chart.marks)
      this.bars[place(begins, time)].marks.push({time, px, qty, exit: Boolean(exit), reason: this.words[reason]});
  }

  nearest(x) { return within(Math.round(x), 0, this.bars.length - 1); }

  describe(at) {
    const bar = this.bars[at], price = (v) => priceText(v, this.unit);
    return stamp(bar.end) + " · open " + price(bar.open) + " · high " + price(bar.high) + " · low " + price(bar.low) +
      " · close " + price(bar.close) + (bar.volume ? " · volume " + quantityText(bar.volume) : "");
  }

  notes(at) {
    const marks = this.bars[at].marks;
    const lines = marks.slice(0, 8).map((m) => (m.qty > 0 ? "▲ BUY " : "▼ SELL ") + quantityText(m.qty) + " @ " +
      priceText(m.px, this.unit) + " · " + (m.exit ? "exit" : "entry") + " · " + m.reason + " · " + stamp(m.time));
    return marks.length > 8 ? [...lines, "and " + (marks.length - 8) + " more"] : lines;
  }

  times([a, b], most) {
    const first = Math.max(Math.ceil(a), 0), last = Math.min(Math.floor(b), this.bars.length - 1);
    for (const step of STEPS) {
      if ((this.bars[last].end - this.bars[first].begin) / step > 200 * most) continue;
      const found = [];
      for (let i = Math.max(first, 1); i <= last; i++) {
        const t = this.bars[i].begin;
        // A block that begins just after the full hour stands for it; one after a gap tells its own time.
        const shown = t % step < this.bars[i].end - t ? t - t % step : t;
        if (Math.floor(t / step) !== Math.floor(this.bars[i - 1].begin / step)) found.push([i, shown, step]);
      }
      if (found.length <= most) return found;
    }
    return [];
  }

  // Neighbouring bars as one where the screen has no room for each.
  groups(first, last, size) {
    const found = [];
    for (let i = Math.floor(first / size) * size; i <= last; i += size) {
      const part = this.bars.slice(i, i + size);
      found.push({x: i + (part.length - 1) / 2, open: part[0].open, close: part[part.length - 1].close,
        high: Math.max(...part.map((p) => p.high)), low: Math.min(...part.map((p) => p.low)),
        volume: part.reduce((sum, p) => sum + p.volume, 0), marks: part.flatMap((p) => p.marks)});
    }
    return found;
  }

  draw(pen, box, x, [a, b]) {
    const first = within(Math.floor(a), 0, this.bars.length - 1), last = within(Math.ceil(b), 0, this.bars.length - 1);
    const room = box.width / (b - a), size = Math.max(1, Math.ceil(4 / room)), width = Math.max(room * size * 0.7, 1);
    const groups = this.groups(first, last, size);
    const low = Math.min(...groups.map((g) => g.low)), high = Math.max(...groups.map((g) => g.high));
    const spread = high - low;
    const label = (v, digits) => money(v, this.unit, false, digits && Math.max(digits, this.unit.money));
    const y = scaleOf(pen, box, low - spread * 0.14, high + spread * 0.05, label);
    pen.save();
    pen.beginPath();
    pen.rect(box.left, box.top, box.width, box.height);
    pen.clip();
    const most = Math.max(...groups.map((g) => g.volume), 1e-9);
    for (const g of groups) this.bar(pen, box, g, x(g.x), y, width, most);
    for (const g of groups) this.triangles(pen, g, x(g.x), y);
    pen.restore();
  }

  bar(pen, box, g, at, y, width, most) {
    const rises = g.close >= g.open, top = y(Math.max(g.open, g.close)), bottom = y(Math.min(g.open, g.close));
    pen.fillStyle = shade("veil");
    const tall = g.volume / most * box.height * 0.12;
    pen.fillRect(at - width / 2, box.top + box.height - tall, width, tall);
    pen.strokeStyle = pen.fillStyle = shade(rises ? "up" : "down");
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(at, y(g.high));
    pen.lineTo(at, y(g.low));
    pen.stroke();
    const tallest = Math.max(bottom - top, 1);
    if (rises && width > 4) {
      pen.fillStyle = shade("card");
      pen.fillRect(at - width / 2, top, width, tallest);
      pen.strokeRect(at - width / 2, top, width, tallest);
    } else pen.fillRect(at - width / 2, top, width, tallest);
  }

  // One triangle for each kind of fill in a bar: up and below for buys, down and above for sells, hollow for exits.
  triangles(pen, g, at, y) {
    const seen = new Set();
    for (const mark of g.marks) {
      const buys = mark.qty > 0, kind = (buys ? "b" : "s") + (mark.exit ? "x" : "e");
      if (seen.has(kind)) continue;
      const shift = [...seen].filter((k) => k[0] === kind[0]).length * 13;
      seen.add(kind);
      const tip = buys ? y(g.low) + 4 + shift : y(g.high) - 4 - shift, base = tip + (buys ? 10 : -10);
      pen.beginPath();
      pen.moveTo(at, tip);
      pen.lineTo(at - 6, base);
      pen.lineTo(at + 6, base);
      pen.closePath();
      pen.lineWidth = 2;
      pen.strokeStyle = shade(buys ? "buy" : "sell");
      pen.fillStyle = mark.exit ? shade("card") : pen.strokeStyle;
      pen.fill();
      pen.stroke();
    }
  }
}
