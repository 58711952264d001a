// Joins the page: charts and their choices, the table of trades, light and dark, printing.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const charts = [];

function choice(figure, names, show) {
  const select = figure.querySelector("select");
  names.forEach((name, i) => { const option = make("option", name); option.value = i; select.append(option); });
  figure.querySelector(".pick").hidden = names.length < 2;
  select.addEventListener("change", () => show(Number(select.value)));
  if (names.length) show(0);
}

function start(id, items, name, model) {
  const figure = document.getElementById(id);
  if (!figure || !items.length) return;
  const chart = new Chart(figure), kept = new Map();
  charts.push(chart);
  choice(figure, items.map(name), (i) => {
    if (!kept.has(i)) kept.set(i, model(items[i]));
    figure.querySelector(".what").textContent = name(items[i]);
    chart.show(kept.get(i));
  });
}

const w = (i) => data.words[i], unitOf = (row) => data.instruments[w(row[1])];
const held = (row) => {
  const s = row[6] - row[4], d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  return (d ? d + "d " : "") + (d || h ? h + "h " : "") + m + "m";
};
const COLUMNS = [
  {name: "Closed (UTC)", value: (r) => r[6], text: (r) => stamp(r[6]).slice(0, 19)},
  {name: "Instrument", value: (r) => w(r[1])},
  {name: "Side", value: (r) => w(r[2]), text: (r) => ({long: "▲ long", short: "▼ short"}[w(r[2])] || w(r[2]))},
  {name: "Quantity", value: (r) => r[3], text: (r) => quantityText(r[3]), number: true},
  {name: "Entry", value: (r) => r[5], text: (r) => priceText(r[5], unitOf(r)), number: true},
  {name: "Exit", value: (r) => r[7], text: (r) => priceText(r[7], unitOf(r)), number: true},
  {name: "Profit", value: (r) => r[8], text: (r) => money(r[8], unitOf(r), true), number: true, result: true},
  {name: "Fees", value: (r) => r[9], text: (r) => money(r[9], unitOf(r)), number: true},
  {name: "Exit reason", value: (r) => w(r[11])},
  {name: "Held", value: (r) => r[6] - r[4], text: held, number: true},
  {name: "Bars", value: (r) => r[12], text: (r) => r[12].toLocaleString("en-US"), number: true},
  {name: "Opened (UTC)", value: (r) => r[4], text: (r) => (r[4] ? stamp(r[4]).slice(0, 19) : "")},
  {name: "Entry reason", value: (r) => w(r[10])},
  {name: "Deployment", value: (r) => w(r[0])},
];

class TradeTable {
  constructor(table) {
    this.table = table;
    this.body = table.tBodies[0];
    this.column = 0;
    this.down = true;
    this.shown = 50;
    const row = table.tHead.rows[0];
    this.heads = COLUMNS.map((column, i) => {
      const head = make("th", undefined, column.number ? "num" : ""), button = make("button", column.name);
      head.scope = "col";
      button.type = "button";
      button.addEventListener("click", () => this.sort(i));
      head.append(button);
      row.append(head);
      return head;
    });
    this.more = document.getElementById("more");
    this.all = document.getElementById("all");
    this.more.addEventListener("click", () => { this.shown += 200; this.fill(); });
    this.all.addEventListener("click", () => { this.shown = data.trades.length; this.fill(); });
    this.fill();
  }

  sort(i) {
    this.down = this.column === i ? !this.down : Boolean(COLUMNS[i].number) || i === 0;
    this.column = i;
    this.fill();
  }

  fill() {
    const value = COLUMNS[this.column].value, way = this.down ? -1 : 1;
    const compare = (a, b) => (a < b ? -way : a > b ? way : 0);
    const rows = data.trades.map((row, i) => [value(row), i]).sort((a, b) => compare(a[0], b[0]) || b[1] - a[1]);
    this.body.replaceChildren(...rows.slice(0, this.shown).map(([, i]) => this.line(data.trades[i])));
    this.heads.forEach((head, i) => {
      head.setAttribute("aria-sort", i !== this.column ? "none" : this.down ? "descending" : "ascending");
    });
    const left = data.trades.length - Math.min(this.shown, data.trades.length);
    document.getElementById("shown").textContent = left ? left.toLocaleString("en-US") + " more in this page" : "";
    this.more.hidden = this.all.hidden = !left;
  }

  line(row) {
    const line = make("tr");
    for (const column of COLUMNS) {
      const cell = make("td", (column.text || column.value)(row), column.number ? "num" : "");
      cell.dataset.label = column.name;
      if (!column.number) cell.dir = "auto";
      if (column.result) cell.classList.add(row[8] > 0 ? "gain" : row[8] < 0 ? "loss" : "even");
      line.append(cell);
    }
    return line;
  }
}

function theme(name) {
  if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
  for (const chart of charts) chart.draw();
}

function themes() {
  const root = document.documentElement.dataset, dark = window.matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const isDark = () => (root.theme ? root.theme === "dark" : dark.matches);
  const name = () => { button.textContent = isDark() ? "☀ Light" : "☾ Dark"; };
  button.hidden = false;
  button.addEventListener("click", () => { theme(isDark() ? "light" : "dark"); name(); });
  dark.addEventListener("change", () => { theme(root.theme); name(); });
  let before;
  window.addEventListener("beforeprint", () => { before = root.theme; theme("light"); });
  window.addEventListener("afterprint", () => theme(before));
  name();
}

start("equity", data.curves.filter((curve) => curve.points.length), (curve) => curve.account,
  (curve) => new EquityModel(curve, data.synthetic));
start("price", data.charts, (chart) => chart.symbol,
  (chart) => new PriceModel(chart, data.instruments[chart.symbol], data.words, data.synthetic));
const table = document.getElementById("trades");
if (table) new TradeTable(table);
themes();
