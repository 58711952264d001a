// Charts on a canvas: crosshair, zoom by drag, by Ctrl and wheel, by buttons and by keys. A model says what is drawn.
"use strict";
const STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800, 1209600, 2592000,
  7776000, 15552000, 31536000, 63072000, 157680000];
const two = (n) => String(n).padStart(2, "0");
const day = (t) => new Date(t * 1000).toISOString().slice(0, 10);
const clock = (t) => { const d = new Date(t * 1000); return two(d.getUTCHours()) + ":" + two(d.getUTCMinutes()); };
const stamp = (t) => day(t) + " " + new Date(t * 1000).toISOString().slice(11, 19) + " UTC";
const plainNumber = (x, least, most) => {
  const text = Math.abs(x).toLocaleString("en-US", {minimumFractionDigits: least, maximumFractionDigits: most});
  return {text, negative: x < 0 && /[1-9]/.test(text)};
};
const money = (x, unit, signed, digits, most) => {
  const n = plainNumber(x, digits ?? unit.money, most ?? digits ?? unit.money);
  const sign = n.negative ? "−" : signed ? "+" : "";
  return unit.sign ? sign + unit.sign + n.text : sign + n.text + " " + unit.currency;
};
const priceText = (x, unit) => money(x, unit, false, unit.price, 8);
const quantityText = (x) => plainNumber(x, 0, 8).text;
const percentText = (x) => { const n = plainNumber(100 * x, 2, 2); return (n.negative ? "−" : "") + n.text + "%"; };
const shade = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
const make = (tag, text, kind) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (kind) node.className = kind;
  return node;
};
const within = (x, low, high) => Math.min(Math.max(x, low), high);

// The place of the last value at or below x in a sorted array; 0 when there is none.
function place(values, x) {
  let low = 0, high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle] <= x) low = middle; else high = middle - 1;
  }
  return low;
}

function niceTicks(low, high, count) {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / Math.max(count, 1), power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) found.push(k * step);
  return found;
}

// Decimals that tell neighbouring ticks apart.
function digitsOf(ticks) {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
  for (let digits = 0; digits < 8; digits++)
    if (Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6) return digits;
  return 8;
}

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.canvas = figure.querySelector("canvas");
    this.readout = figure.querySelector(".readout");
    this.tip = figure.querySelector(".tip");
    this.at = null;
    this.drag = null;
    for (const button of figure.querySelectorAll("[data-act]"))
      button.addEventListener("click", () => this.act(button.dataset.act));
    const on = (name, act) => this.canvas.addEventListener(name, act);
    on("pointermove", (e) => this.move(e));
    on("pointerdown", (e) => this.press(e));
    on("pointerup", (e) => this.release(e));
    on("pointercancel", () => { this.drag = null; this.draw(); });
    on("pointerleave", () => { if (!this.drag) this.point(null); });
    on("dblclick", () => this.act("reset"));
    on("wheel", (e) => { if (e.ctrlKey) { e.preventDefault(); this.zoom(e.deltaY > 0 ? 1.4 : 1 / 1.4); } });
    on("keydown", (e) => this.key(e));
    on("blur", () => this.point(null));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  show(model) {
    this.model = model;
    this.at = null;
    this.view = [...model.range];
    this.canvas.setAttribute("aria-label", model.label);
    this.tell();
    this.draw();
  }

  act(name) {
    const [a, b] = this.view, quarter = (b - a) / 4;
    if (name === "in") this.zoom(1 / 1.8);
    else if (name === "out") this.zoom(1.8);
    else if (name === "left") this.look(a - quarter, b - quarter);
    else if (name === "right") this.look(a + quarter, b + quarter);
    else this.look(...this.model.range);
  }

  zoom(factor) {
    const [a, b] = this.view, x = this.at === null ? (a + b) / 2 : this.model.xs[this.at];
    this.look(x - (x - a) * factor, x + (b - x) * factor);
  }

  look(a, b) {
    const [low, high] = this.model.range, least = this.model.least;
    const span = within(b - a, Math.min(least, high - low), high - low), middle = (a + b) / 2;
    const start = within(middle - span / 2, low, high - span);
    this.view = [start, start + span];
    this.draw();
  }

  xOf(event) {
    const box = this.canvas.getBoundingClientRect(), [a, b] = this.view;
    return a + within((event.clientX - box.left - this.box.left) / this.box.width, 0, 1) * (b - a);
  }

  move(event) {
    if (!this.box) return;
    const x = this.xOf(event);
    if (this.drag) this.drag.to = x;
    this.point(this.model.nearest(x));
  }

  press(event) {
    if (event.button || !this.box) return;
    this.drag = {from: this.xOf(event), to: this.xOf(event)};
    if (event.pointerType === "mouse") this.canvas.setPointerCapture(event.pointerId);
  }

  release() {
    const drag = this.drag;
    this.drag = null;
    if (!drag) return;
    const [a, b] = this.view, from = Math.min(drag.from, drag.to), to = Math.max(drag.from, drag.to);
    if (to - from > (b - a) * 0.02) this.look(from, to); else this.draw();
  }

  key(event) {
    const last = this.model.xs.length - 1, here = this.at ?? this.model.nearest(this.view[1]);
    const far = event.shiftKey ? 10 : 1;
    const goals = {ArrowLeft: here - far, ArrowRight: here + far, Home: 0, End: last};
    if (event.key in goals) {
      const at = within(goals[event.key], 0, last), x = this.model.xs[at], [a, b] = this.view;
      if (x < a) this.look(x, x + b - a); else if (x > b) this.look(x - b + a, x);
      this.point(at);
    } else if (event.key === "+" || event.key === "=") this.zoom(1 / 1.8);
    else if (event.key === "-") this.zoom(1.8);
    else if (event.key === "0") this.act("reset");
    else if (event.key === "Escape") this.point(null);
    else return;
    event.preventDefault();
  }

  point(at) {
    this.at = at;
    this.tell();
    this.draw();
  }

  tell() {
    this.readout.textContent = this.at === null ? this.model.hint : this.model.describe(this.at);
  }

  draw() {
    const canvas = this.canvas, width = canvas.clientWidth, height = canvas.clientHeight;
    if (!this.model || !width || !height) return;
    const dots = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * dots);
    canvas.height = Math.round(height * dots);
    const pen = canvas.getContext("2d");
    pen.scale(dots, dots);
    pen.font = "12px system-ui, sans-serif";
    const gutter = Math.ceil(pen.measureText(this.model.widest).width) + 14;
    this.box = {left: 6, top: 8, width: Math.max(width - gutter - 6, 40), height: height - 34, right: width - gutter};
    if (this.model.synthetic) this.watermark(pen);
    const [a, b] = this.view, x = (value) => this.box.left + (value - a) / (b - a || 1) * this.box.width;
    this.times(pen, x);
    this.model.draw(pen, this.box, x, this.view);
    if (this.drag) {
      pen.fillStyle = shade("veil");
      pen.fillRect(x(this.drag.from), this.box.top, x(this.drag.to) - x(this.drag.from), this.box.height);
    }
    this.cross(pen, x);
  }

  watermark(pen) {
    pen.save();
    pen.fillStyle = shade("mark");
    const size = Math.min(this.box.width / 8, 64);
    pen.font = "700 " + size + "px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.fillText("SYNTHETIC", this.box.left + this.box.width / 2, this.box.top + this.box.height * 0.4);
    pen.restore();
  }

  times(pen, x) {
    const most = Math.max(2, Math.floor(this.box.width / 92));
    pen.strokeStyle = shade("grid");
    pen.fillStyle = shade("muted");
    pen.textAlign = "center";
    pen.lineWidth = 1;
    let before = "", free = -Infinity;
    for (const [value, t, step] of this.model.times(this.view, most)) {
      const at = Math.round(x(value)) + 0.5, date = day(t);
      pen.beginPath();
      pen.moveTo(at, this.box.top);
      pen.lineTo(at, this.box.top + this.box.height);
      pen.stroke();
      const text = step >= 86400 || date !== before ? date : clock(t);
      const half = pen.measureText(text).width / 2, middle = within(at, half, this.canvas.clientWidth - half);
      // Gaps of a market put marks close together: a label without room is left out, and the next one tells the day.
      if (middle - half < free) continue;
      before = date;
      free = middle + half + 10;
      pen.fillText(text, middle, this.box.top + this.box.height + 16);
    }
  }

  cross(pen, x) {
    this.tip.hidden = true;
    if (this.at === null || !this.model.xs.length) return;
    const value = this.model.xs[this.at], [a, b] = this.view;
    if (value < a || value > b) return;
    const at = Math.round(x(value)) + 0.5;
    pen.strokeStyle = shade("ink");
    pen.setLineDash([4, 3]);
    pen.beginPath();
    pen.moveTo(at, this.box.top);
    pen.lineTo(at, this.box.top + this.box.height);
    pen.stroke();
    pen.setLineDash([]);
    const lines = this.model.notes(this.at);
    if (!lines.length) return;
    this.tip.replaceChildren(...lines.map((line) => make("div", line)));
    this.tip.hidden = false;
    const wide = this.tip.offsetWidth, room = this.canvas.clientWidth;
    this.tip.style.left = within(at + 12 + wide > room ? at - 12 - wide : at + 12, 0, Math.max(room - wide, 0)) + "px";
  }
}

// Lines and labels of a pane's own scale, and the function from value to height.
function scaleOf(pen, pane, low, high, label) {
  const pad = (high - low || Math.abs(high) || 1) * 0.06, bottom = low - pad, top = high + pad;
  const y = (value) => pane.top + (top - value) / (top - bottom) * pane.height;
  pen.strokeStyle = shade("grid");
  pen.fillStyle = shade("muted");
  pen.textAlign = "left";
  const ticks = niceTicks(bottom, top, Math.max(2, Math.floor(pane.height / 44)));
  const digits = digitsOf(ticks);
  for (const tick of ticks) {
    const at = Math.round(y(tick)) + 0.5;
    pen.beginPath();
    pen.moveTo(pane.left, at);
    pen.lineTo(pane.right, at);
    pen.stroke();
    pen.fillText(label(tick, digits), pane.right + 6, within(at + 4, pane.top + 10, pane.top + pane.height));
  }
  return y;
}
