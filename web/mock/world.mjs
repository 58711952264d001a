/** A small deterministic market: the same seed gives the same rows at the same tick. */

const NS = 1_000_000_000n;
const START = 1_789_000_200n;

export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

const NAMES = ["AAPL", "MSFT", "NVDA", "005930.KS", "BTCUSDT", "EURUSD", "SPY", "TSLA", "AMD", "GOOG", "META", "AMZN"];
const fixed = (value, digits) => value.toFixed(digits);

export class World {
  constructor({ positions = 12, badge = "demo", seed = 7 } = {}) {
    this.next = random(seed);
    this.badge = badge;
    this.now = START;
    this.seq = 4000;
    this.isRunning = true;
    this.kills = {};
    this.status = {};
    this.orders = {};
    this.symbols = Array.from({ length: Math.max(positions, 8) }, (_, at) => NAMES[at] ?? `SYM${String(at).padStart(3, "0")}`);
    this.px = Object.fromEntries(this.symbols.map((symbol, at) => [symbol, symbol === "EURUSD" ? 1.0842 : symbol === "BTCUSDT" ? 64210 : symbol.endsWith("KS") ? 71200 : 40 + 37 * ((at * 7) % 11)]));
    this.held = {};
    this.bars = Object.fromEntries(this.symbols.map((symbol) => [symbol, this.history(symbol)]));
    this.symbols.slice(0, positions).forEach((symbol, at) => this.hold(symbol, at % 4 === 3 ? "short" : "long", 10 + ((at * 13) % 90)));
    this.equityPoints = this.curve();
    this.fills = [];
    this.trades = [];
    this.alerts = [
      this.alert("info", "start", "The run goes on: 4,000 records read, nothing is in doubt."),
      this.alert("warning", "daily_loss", "cross has used 82% of its daily loss; at 100% it stops until tomorrow"),
      this.alert("error", "reject", "TSLA: the venue rejected an order (insufficient margin)"),
      this.alert("info", "note", "הערה: עסקה גדולה <b>TSLA</b> ‏ואז המשך"),
    ];
    this.decisions = [];
    for (let at = 0; at < 40; at += 1) this.act();
  }

  get ts() { return String(this.now * NS); }
  digits(symbol) { return symbol === "EURUSD" ? 5 : symbol.endsWith("KS") ? 0 : 2; }
  currency(symbol) { return symbol.endsWith("KS") ? "KRW" : "USD"; }

  history(symbol) {
    const found = [];
    let px = this.px[symbol] * 0.97;
    for (let at = 600; at > 0; at -= 1) {
      const open = px;
      px *= 1 + (this.next() - 0.495) * 0.003;
      const [high, low] = [Math.max(open, px) * (1 + this.next() * 0.001), Math.min(open, px) * (1 - this.next() * 0.001)];
      found.push([Number(START) - at * 60, open, high, low, px, Math.round(500 + this.next() * 9000)]);
    }
    this.px[symbol] = px;
    return found;
  }

  curve() {
    const found = [];
    let value = 100000;
    for (let at = 900; at > 0; at -= 1) {
      value *= 1 + (this.next() - 0.488) * 0.0022;
      found.push([Number(START) - at * 300, value, fixed(value, 2)]);
    }
    this.base = value;
    return found;
  }

  hold(symbol, side, qty) {
    const px = this.px[symbol];
    const sign = side === "long" ? 1 : -1;
    const key = `${this.deploymentOf(symbol)}/${symbol}`;
    this.held[key] = { key, symbol, side, qty: symbol === "BTCUSDT" ? 0.25 : symbol === "EURUSD" ? 9000 : qty, entry: px * (1 - sign * 0.01 + (this.next() - 0.5) * 0.02), opened: this.now - BigInt(Math.floor(this.next() * 30000)) };
  }

  deploymentOf(symbol) { return ["cross", "breakout-15m", "mean-reversion", "pairs"][this.symbols.indexOf(symbol) % 4]; }

  alert(level, key, text) { return { seq: ++this.seq, ts: this.ts, level, key, text }; }

  /** A decision, and now and then an order, a fill, a trade that ends. Returns what is new. */
  act() {
    const symbol = this.symbols[Math.floor(this.next() * Math.min(12, this.symbols.length))];
    const deployment = this.deploymentOf(symbol);
    const draw = this.next();
    const action = draw > 0.93 ? "BUY" : draw > 0.88 ? "SELL" : "HOLD";
    const reason = action === "BUY" ? "S010 cross_up" : action === "SELL" ? "S011 cross_down" : draw > 0.7 ? "R204 max_position" : draw > 0.5 ? "S031 already_at_target" : "S001 no_signal";
    const decision = {
      seq: ++this.seq, ts: this.ts, deployment, symbol, action, signal: draw > 0.7 && action === "HOLD" ? "S012 signal_long" : reason, code: 1, reason, is_changed: draw > 0.7 && action === "HOLD",
      numbers: { fast: this.px[symbol] * 1.001, slow: this.px[symbol] * 0.999, rsi: 20 + draw * 60, volume_ratio: draw * 3 }, target: action === "HOLD" ? null : action === "BUY" ? 1 : 0,
    };
    this.decisions = [...this.decisions, decision].slice(-300);
    const made = { decisions: [decision], fills: [], trades: [], alerts: [] };
    if (action !== "HOLD" && !this.kills.all) this.fill(symbol, action === "BUY" ? "buy" : "sell", false, "signal", made);
    return made;
  }

  fill(symbol, side, isExit, reason, made) {
    const [px, qty, oid] = [this.px[symbol], 5 + Math.floor(this.next() * 20), `ob-${++this.seq}`];
    const row = {
      seq: this.seq, ts: this.ts, account: "main", deployment: this.deploymentOf(symbol), symbol, side, qty: String(qty), px: fixed(px, this.digits(symbol)), value: fixed(px * qty, 2),
      fee: fixed(px * qty * 0.0005, 2), fee_currency: "USD", currency: this.currency(symbol), reason, is_exit: isExit, oid,
    };
    this.fills = [...this.fills, row].slice(-200);
    made.fills.push(row);
    this.orders[oid] = { ...this.order(oid, symbol, side, qty), status: "filled", is_open: false, filled: String(qty), avg_px: row.px, is_exit: isExit, reason };
    if (this.next() > 0.35) {
      const pnl = (this.next() - 0.42) * px * qty * 0.02;
      const trade = {
        seq: this.seq, deployment: row.deployment, symbol, side: side === "buy" ? "short" : "long", qty: row.qty, entry_px: fixed(px * 0.99, this.digits(symbol)), exit_px: row.px,
        opened_ts: String((this.now - 5400n) * NS), closed_ts: this.ts, pnl: fixed(pnl, 2), pnl_share: pnl / (px * qty), fees: "0.4", currency: row.currency, reason: ["signal", "stop_loss", "take_profit", "manual"][Math.floor(this.next() * 4)],
      };
      this.trades = [...this.trades, trade].slice(-200);
      made.trades.push(trade);
    }
  }

  order(oid, symbol, side, qty) {
    return {
      oid, deployment: this.deploymentOf(symbol), account: "main", symbol, side, type: "limit", tif: "day", qty: String(qty), filled: "0", limit_px: fixed(this.px[symbol] * 0.99, this.digits(symbol)), stop_px: null, avg_px: null,
      status: "working", is_open: true, reason: "S010 cross_up", is_exit: false, ts: this.ts, text: "", currency: this.currency(symbol), digits: this.digits(symbol),
    };
  }

  /** Move a share of the prices; return the symbols that moved. */
  move(part = 1) {
    const moved = this.symbols.filter(() => this.next() < part);
    for (const symbol of moved) this.px[symbol] *= 1 + (this.next() - 0.499) * 0.0006;
    return moved;
  }

  /** One second of the market. */
  second() {
    this.now += 1n;
    const added = [];
    if (this.now % 5n === 0n) {
      for (const symbol of this.symbols.slice(0, 20)) {
        const bars = this.bars[symbol];
        const last = bars[bars.length - 1];
        const bar = [last[0] + 60, last[4], Math.max(last[4], this.px[symbol]) * 1.0003, Math.min(last[4], this.px[symbol]) * 0.9997, this.px[symbol], Math.round(400 + this.next() * 7000)];
        bars.push(bar);
        added.push({ symbol, bar });
      }
    }
    return added;
  }

  positionRow(one) {
    const [px, sign] = [this.px[one.symbol], one.side === "long" ? 1 : -1];
    const pnl = (px - one.entry) * one.qty * sign;
    const digits = this.digits(one.symbol);
    return {
      key: one.key, deployment: this.deploymentOf(one.symbol), account: "main", symbol: one.symbol, side: one.side, qty: String(one.qty), entry_px: fixed(one.entry, digits), px: fixed(px, digits),
      value: fixed(px * one.qty * sign, 2), pnl: fixed(pnl, 2), pnl_share: pnl / (one.entry * one.qty), opened_ts: String(one.opened * NS), stop_px: fixed(one.entry * (1 - sign * 0.02), digits), target_px: fixed(one.entry * (1 + sign * 0.05), digits),
      currency: this.currency(one.symbol), digits,
    };
  }

  instrumentRow(symbol) {
    const [px, digits] = [this.px[symbol], this.digits(symbol)];
    const isStale = symbol === "TSLA";
    return { symbol, currency: this.currency(symbol), digits, px: fixed(px, digits), bid: fixed(px * 0.9999, digits), ask: fixed(px * 1.0001, digits), ts: String((this.now - (isStale ? 400n : 0n)) * NS), is_stale: isStale, why_halted: "", session: { is_open: true, close_ts: String((this.now + 9000n) * NS) } };
  }

  accountRow() {
    const rows = Object.values(this.held).filter((one) => this.currency(one.symbol) === "USD");
    const open = rows.reduce((all, one) => all + (this.px[one.symbol] - one.entry) * one.qty * (one.side === "long" ? 1 : -1), 0);
    const gross = rows.reduce((all, one) => all + this.px[one.symbol] * one.qty, 0);
    const net = rows.reduce((all, one) => all + this.px[one.symbol] * one.qty * (one.side === "long" ? 1 : -1), 0);
    const equity = this.base + open;
    const day = equity - this.base * 0.994;
    return {
      name: "main", broker: "sim", number_end: "4821", currency: "USD", equity: fixed(equity, 2), cash: fixed(equity * 0.59, 2), day_pnl: fixed(day, 2), day_pnl_share: day / this.base, pnl: fixed(equity - 100000, 2), pnl_share: (equity - 100000) / 100000,
      drawdown: 0.0124, max_drawdown: 0.0411, gross: fixed(Math.min(gross, equity * 0.83), 2), net: fixed(Math.min(net, equity * 0.41), 2), line: { is_up: true, text: "connected" },
    };
  }

  deploymentRow(id, at) {
    const open = Object.values(this.held).filter((one) => this.deploymentOf(one.symbol) === id).length;
    const status = this.kills.all ? "stopped" : (this.status[id] ?? ["active", "active", "paused", "error"][at]);
    const pnl = [1843.2, -312.55, 640, -88.1][at] + (this.px.AAPL % 1) * 10;
    return {
      id, account: "main", strategy: ["ema_cross", "breakout", "mean_reversion", "pairs"][at], instruments: this.symbols.filter((symbol) => this.deploymentOf(symbol) === id).slice(0, 6), bars: ["1m", "15m", "5m", "1h"][at], status,
      reason: status === "paused" ? "daily_loss: lost 1.02% of 1% today" : status === "error" ? "S020 strategy_error: ZeroDivisionError in decide()" : status === "stopped" ? "operator: emergency stop" : "",
      started_ts: String((START - 93000n * BigInt(at + 1)) * NS), trades: 40 + at * 9, wins: 22 + at * 3, win_rate: (22 + at * 3) / (40 + at * 9), pnl: fixed(pnl, 2), pnl_share: pnl / 25000, day_pnl: fixed(pnl / 9, 2), day_pnl_share: pnl / 225000,
      open_positions: open, drawdown: [0.008, 0.031, 0.012, 0.049][at], capital: "25000", currency: "USD",
    };
  }

  limitRows() {
    const row = (id, name, text, used, limit, unit, state = "ok", extra = {}) => [`main/${name}`, { key: `main/${name}`, id, name, account: "main", scope: "account:main", text, used, limit, unit, share: used === null ? null : Math.min(1, used / limit), state, why: "", ...extra }];
    return Object.fromEntries([
      row("D25", "daily_loss", "no new risk until the next session after losing 2% in a day", 0.0082, 0.02, "share"),
      row("D27", "drawdown", "no new risk until resumed by hand after falling 10% from the peak", 0.0124, 0.1, "share"),
      row("D13", "max_positions", "at most 5 positions at once, pending entries included", 5, 5, "positions", "hit", { why: "5 of 5 positions are open" }),
      row("D15", "gross_exposure", "at most 100% of equity gross, orders in flight included", 0.83, 1, "share", "near"),
      row("D16", "net_exposure", "at most 100% of equity net", 0.41, 1, "share"), row("D11", "daily_trades", "at most 20 entries in a session", 7, 20, "entries"),
      row("D14", "max_position", "at most 10% of equity in one instrument", 0.071, 0.1, "share"), row("D12", "open_orders", "at most 5 open orders in an instrument and 50 in the account", 3, 50, "orders"),
      row("D4", "price_collar", "no price worse than the market by more than 5%", null, null, ""), row("D22", "correlation", "what correlates above 70% risks at most 2% of equity together", null, null, "", "off", { why_off: "needs 60 bars of history; 12 are there" }),
    ]);
  }

  latchRows() {
    return { "daily_loss/deployment:mean-reversion": { key: "daily_loss/deployment:mean-reversion", kind: "daily_loss", scope: "deployment:mean-reversion", reason: "lost 1.02% today, the limit is 1%", ts: this.ts, release: "session" } };
  }

  run() {
    return { id: "demo-7", title: "Trend and reversion", mode: this.badge === "live" ? "live" : "paper", badge: this.badge, is_synthetic: this.badge === "demo", is_running: this.isRunning, pid: this.isRunning ? 4711 : null, seq: this.seq, market_ts: this.ts, beat_ts: String(BigInt(Date.now()) * 1_000_000n), path: "demo-7.state" };
  }

  snapshot() {
    const working = this.symbols.slice(0, 3).map((symbol, at) => this.order(`ob-w${at}`, symbol, "buy", 10));
    return {
      run: this.run(), accounts: { main: this.accountRow() }, deployments: Object.fromEntries(["cross", "breakout-15m", "mean-reversion", "pairs"].map((id, at) => [id, this.deploymentRow(id, at)])),
      positions: Object.fromEntries(Object.values(this.held).map((one) => [one.key, this.positionRow(one)])), orders: { ...this.orders, ...(this.kills.all ? {} : Object.fromEntries(working.map((one) => [one.oid, one]))) },
      instruments: Object.fromEntries(this.symbols.map((symbol) => [symbol, this.instrumentRow(symbol)])), limits: this.limitRows(), latches: this.latchRows(), kills: this.kills,
      fills: this.fills, trades: this.trades, alerts: this.alerts, decisions: this.decisions,
    };
  }
}
