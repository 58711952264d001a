/**
 * A server for work on the page alone: it speaks the contract and trades nothing.
 *
 *   node mock/server.mjs [--port 8787] [--positions 500] [--hz 5] [--badge live] [--stage setup|anonymous|open] [--empty]
 *
 * `POST /mock/cut?seconds=10` cuts every socket and refuses new ones, `POST /mock/end` ends the engine.
 */

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";
import { World } from "./world.mjs";

const { values } = parseArgs({ options: { port: { type: "string", default: "8787" }, positions: { type: "string", default: "12" }, hz: { type: "string", default: "2" }, badge: { type: "string", default: "demo" }, stage: { type: "string", default: "open" }, empty: { type: "boolean", default: false } } });
const STATIC = fileURLToPath(new URL("../../src/openbell/edges/web/static/", import.meta.url));
const TYPES = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
const CSP = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const world = new World({ positions: values.empty ? 0 : Number(values.positions), badge: values.badge });
let stage = values.stage;
let cutUntil = 0;
const sockets = new Set();
let frame = 0;

const now = () => String(BigInt(Date.now()) * 1_000_000n);
const runs = () => [world.run(), { ...world.run(), id: "backtest-3", title: "Backtest 2025", badge: "backtest", is_running: false }];
const listed = ({ id, title, mode, badge, is_running, path, beat_ts }) => ({ id, title, mode, badge, is_running, path, ended_ts: is_running ? null : beat_ts });
const list = () => ({ states: Object.fromEntries(runs().map((one) => [one.id, listed(one)])), dark: {} });
const line = (seq) => ({ seq, at: new Date().toISOString(), level: "info", component: "TradingSystem.Engine", text: `bar ${seq} of AAPL` });
const shown = () => {
  const told = { "demo-7": { is_kept: false, has_notifier: false, unseen: 0, unheard: 0, problem: "" } };
  const all = { ...world.snapshot(), ...list(), told, channels: {}, messages: {}, log: [1, 2, 3].map(line) };
  if (!values.empty) return all;
  return { ...all, deployments: {}, positions: {}, orders: {}, limits: {}, latches: {}, kills: {}, fills: [], trades: [], alerts: [], decisions: [] };
};
const session = () => ({ stage, user: stage === "open" ? "owner" : null, scopes: stage === "open" ? ["read", "trade", "admin"] : [], csrf: stage === "open" ? "csrf" : null, has_second_factor: stage === "anonymous", stepped_up_until_ts: null, version: "0.9.0", server_ts: now() });

function tell(sections) {
  frame += 1;
  const text = JSON.stringify({ type: "delta", since: frame - 1, n: frame, data: sections });
  for (const socket of sockets) if (socket.readyState === 1 && socket.isIn) socket.send(text);
}

function tick() {
  const moved = world.move(values.hz > 2 ? 1 : 0.5);
  const held = Object.values(world.held).filter((one) => moved.includes(one.symbol));
  tell({
    run: { set: { "demo-7": world.run() } }, accounts: { set: { main: world.accountRow() } },
    ...(values.empty ? {} : { positions: { set: Object.fromEntries(held.map((one) => [one.key, world.positionRow(one)])) } }),
    instruments: { set: Object.fromEntries(moved.map((symbol) => [symbol, world.instrumentRow(symbol)])) },
    ...(values.empty ? {} : { deployments: { set: Object.fromEntries(["cross", "breakout-15m", "mean-reversion", "pairs"].map((id, at) => [id, world.deploymentRow(id, at)])) } }),
  });
}

function second() {
  for (const socket of sockets) if (socket.isIn) socket.send(JSON.stringify({ type: "heartbeat", server_ts: now(), engine_ts: world.isRunning ? now() : String(BigInt(Date.now() - 60000) * 1_000_000n), seq: world.seq, is_running: world.isRunning, badge: world.badge }));
  if (!world.isRunning) return;
  const bars = world.second();
  const made = values.empty ? {} : world.act();
  const sections = Object.fromEntries(Object.entries(made).filter(([, rows]) => rows.length).map(([name, rows]) => [name, { add: rows }]));
  sections.log = { add: [line(world.seq)] };
  if (bars.length) sections.bars = { add: bars };
  tell(sections);
}

/** A kill in stages, a second each, as the engine would tell of it. */
function kill(scope, tier, reason) {
  const row = (stageName, left = []) => ({ scope, tier, stage: stageName, reason, actor: "web owner", ts: world.ts, left });
  const to = (stageName) => {
    world.kills[scope] = row(stageName);
    tell({ kills: { set: { [scope]: world.kills[scope] } } });
  };
  to("cancelling");
  setTimeout(() => {
    tell({ orders: { drop: ["ob-w0", "ob-w1", "ob-w2"] } });
    to(tier === 3 ? "flattening" : "confirming");
    const keys = tier === 3 ? Object.keys(world.held).filter((key) => scope === "all" || key.startsWith(`${scope.split(":")[1]}/`)) : [];
    keys.forEach((key, at) => setTimeout(() => {
      delete world.held[key];
      tell({ positions: { set: {}, drop: [key] } });
    }, Math.min(2500, 150 * at)));
    setTimeout(() => to("confirming"), 2600);
    setTimeout(() => to("done"), 3600);
  }, 1000);
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

const STRATEGIES = [
  { kind: "ema_cross", text: "Long while the fast average is above the slow one.", schema: { properties: { kind: { type: "string" }, fast: { type: "integer", default: 12, minimum: 1, maximum: 500, description: "Bars of the fast average" }, slow: { type: "integer", default: 26, minimum: 2, maximum: 1000 }, allow_short: { type: "boolean", default: false } } } },
  { kind: "breakout", text: "Buys what leaves its range with volume.", schema: { properties: { bars: { type: "integer", default: 20, minimum: 2 }, factor: { type: "number", default: 1.5, exclusiveMinimum: 0 }, side: { enum: ["long", "short", "both"], default: "long" } } } },
  { kind: "mean_reversion", text: "Buys what fell too far below its average and sells it there.", schema: { properties: { bars: { type: "integer", default: 20 } } } },
];

function answer(method, path, query, given) {
  if (method === "GET" && path === "/api/session") return session();
  if (method === "POST" && ["/api/login", "/api/setup", "/api/open"].includes(path)) {
    if (given.password === "wrong") return [401, { error: { id: "1", code: "E2408", text: "that is not right; after five more tries this pauses for a minute", field: null } }];
    stage = "open";
    return session();
  }
  if (stage !== "open") return [401, { error: { id: "1", code: "E2401", text: "log in first", field: null } }];
  if (path === "/api/logout") {
    stage = "anonymous";
    return [204, null];
  }
  if (path === "/api/ticket") return { ticket: "t" };
  if (path === "/api/states") return { states: runs(), dark: [] };
  if (path === "/api/snapshot" || path === "/api/at") return path === "/api/at" ? { ...shown(), run: { ...world.run(), seq: Number(query.get("seq")), market_ts: String((world.now - 3600n) * 1_000_000_000n) } } : shown();
  if (path === "/api/bars") return { bars: values.empty ? [] : (world.bars[query.get("symbol")] ?? []) };
  if (path === "/api/equity") return { account: "main", points: values.empty ? [] : world.equityPoints, currency: "USD" };
  if (["/api/fills", "/api/trades", "/api/decisions", "/api/alerts"].includes(path)) return { [path.slice(5)]: [] };
  if (path === "/api/alerts/told") return { is_kept: false, has_notifier: false, unseen: 0, unheard: 0, channels: [], messages: [] };
  if (path === "/api/journal/verify") return { is_sound: true, records: world.seq, seq: world.seq, head_hash: "9f2c77a1".repeat(8), problem: "" };
  if (path === "/api/journal") {
    const before = Number(query.get("before_seq")) || world.seq + 1;
    const all = Array.from({ length: 100 }, (_, at) => before - 1 - at).filter((seq) => seq > 0).map((seq) => ({ seq, ts: world.ts, kind: ["Bar", "Bar", "Quote", "Fill", "OrderUpdate"][seq % 5], text: `Bar(instrument=${NAMES[seq % 3]}, close=${(200 + (seq % 17)).toFixed(2)}) -> Decision(deployment=cross, code=${seq % 9}, target=None)` }));
    return { records: all.filter((one) => one.text.toLowerCase().includes((query.get("q") ?? "").toLowerCase())) };
  }
  if (path === "/api/config") return { config: { title: "Trend and reversion", accounts: { main: { broker: "sim", cash: "100000 USD" } }, alerts: { telegram: "***" } }, rules: [], mode: "sim" };
  if (path === "/api/strategies") return STRATEGIES;
  if (path === "/api/command") {
    if (given.kind === "kill") kill(given.scope, given.tier ?? 2, given.reason);
    else {
      world.status[given.scope.split(":")[1]] = given.kind === "pause" ? "paused" : "active";
      tick();
    }
    return { ok: true, how: "answered", text: `${given.kind}: taken by the engine` };
  }
  const one = /^\/api\/trading\/stop\/(.+)$/.exec(path);
  if (one) {
    const name = decodeURIComponent(one[1]).split(":").pop();
    world.status[name] = "stopped";
    kill(`deployment:${name}`, 3, "stopped");
    return { ok: true, how: "answered", text: "kill: taken by the engine" };
  }
  return [404, { error: { id: "1", code: "E2409", text: `there is no ${method} ${path}`, field: null } }];
}
const NAMES = ["AAPL", "MSFT", "NVDA"];

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/mock/cut") {
    cutUntil = Date.now() + 1000 * Number(url.searchParams.get("seconds") ?? 10);
    for (const socket of sockets) socket.terminate();
    response.end("cut");
  } else if (url.pathname === "/mock/end") {
    world.isRunning = false;
    tick();
    response.end("ended");
  } else if (url.pathname.startsWith("/api/")) {
    if (Date.now() < cutUntil && url.pathname === "/api/ticket") {
      request.socket.destroy();
      return;
    }
    const found = answer(request.method, url.pathname, url.searchParams, await body(request));
    const [code, data] = Array.isArray(found) && typeof found[0] === "number" ? found : [200, found];
    response.writeHead(code, { "Content-Type": "application/json", "Cache-Control": "no-store" });
    response.end(data === null ? undefined : JSON.stringify(data));
  } else {
    const name = url.pathname === "/" ? "index.html" : url.pathname.replace(/^\/static\//, "");
    try {
      const data = await readFile(new URL(name, `file://${STATIC}`));
      response.writeHead(200, { "Content-Type": TYPES[name.split(".").pop()] ?? "application/octet-stream", "Content-Security-Policy": CSP, "Cache-Control": "no-cache" });
      response.end(data);
    } catch {
      response.writeHead(404).end();
    }
  }
});

new WebSocketServer({ server, path: "/api/live" }).on("connection", (socket) => {
  if (Date.now() < cutUntil) {
    socket.terminate();
    return;
  }
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  socket.on("message", (text) => {
    const said = JSON.parse(text);
    if (!said.ticket) return;
    socket.send(JSON.stringify({ type: "hello", protocol: 2, badge: world.badge }));
    socket.send(JSON.stringify({ type: "snapshot", n: frame, data: said.state ? shown() : list() }));
    socket.isIn = said.state !== "";
  });
});
setInterval(() => { if (world.isRunning) tick(); }, 1000 / Number(values.hz));
setInterval(second, 1000);
server.listen(Number(values.port), "127.0.0.1", () => console.log(`http://127.0.0.1:${values.port}/`));
