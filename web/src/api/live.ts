/**
 * The line to the server: a socket with snapshot and deltas, a new one after a gap or silence with a wait that grows,
 * and polling every two seconds while the socket cannot be had. All that arrives goes into the store; the store is
 * flushed once per frame, once per second while the tab is hidden.
 */

import { backoff, type Connection, SILENCE_MS } from "../store/staleness";
import { ms } from "../format/time";
import type { Store } from "../store/store";
import { ApiError, getIfNew, ticket } from "./client";
import type { Message, Snapshot } from "./types";

export interface World {
  now(): number;
  random(): number;
  socket(url: string): WebSocket;
  ticket(): Promise<{ ticket: string }>;
  poll(state: string, etag: string | null): Promise<{ etag: string | null; data: Snapshot } | null>;
  later(run: () => void, ms: number): number;
  never(id: number): void;
  frame(run: () => void): void;
  isHidden(): boolean;
}

/** What is asked for when its page is opened, and not pushed. */
const LATER = "trades";

export const browser: World = {
  now: () => Date.now(),
  random: () => Math.random(),
  socket: (url) => new WebSocket(url),
  ticket,
  poll: (state, etag) => (state ? getIfNew<Snapshot>("/api/snapshot", { state, without: LATER }, etag) : getIfNew<Snapshot>("/api/states", {}, null)),
  later: (run, wait) => window.setTimeout(run, wait),
  never: (id) => window.clearTimeout(id),
  frame: (run) => void window.requestAnimationFrame(run),
  isHidden: () => document.hidden,
};

/** Sockets that failed in a row after which polling takes over while they are tried on. */
const POLL_AFTER = 2;
const POLL_MS = 2000;
const HIDDEN_MS = 1000;
/** Code of a socket that is closed because its run cannot be shown. */
const GONE = 4404;

export class Live {
  connection: Connection = { phase: "connecting", heardAt: null, retryAt: null, isRunning: true, engineAt: null, serverAt: null, seq: null };
  /** Milliseconds to add to this machine's clock to have the server's. */
  offset = 0;
  private readonly watchers = new Set<() => void>();
  private socket: WebSocket | null = null;
  private last: number | null = null;
  private tries = 0;
  private etag: string | null = null;
  private timers = new Map<string, number>();
  private isScheduled = false;
  private isOver = false;
  isPaused = false;
  /** What is listened to: a run, or nothing but the list of all while this one cannot be shown. */
  private wanted: string;

  /** Listen to a run; to the list of all for none. */
  constructor(
    private readonly store: Store,
    readonly state: string,
    private readonly url: string,
    private readonly world: World = browser,
  ) {
    this.wanted = state;
  }

  watch(heard: () => void): () => void {
    this.watchers.add(heard);
    return () => this.watchers.delete(heard);
  }

  start(): void {
    void this.connect();
    this.guard();
  }

  stop(): void {
    this.isOver = true;
    for (const id of this.timers.values()) this.world.never(id);
    this.timers.clear();
    this.drop();
    this.set({ phase: "closed" });
  }

  /** The tab was hidden or shown: ask for fewer messages, or for all of them again. */
  rate(): void {
    const hz = this.world.isHidden() ? 1 : 20;
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify({ type: "rate", hz }));
    if (!this.world.isHidden()) this.flush();
    // A frame asked for before the tab was hidden will not come.
    else if (this.isScheduled) this.after("flush", () => this.flush(), HIDDEN_MS);
  }

  /** Hold the page still, or let it move again; the line goes on either way. */
  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.set({});
    this.flush();
  }

  /** Try now: the person asked, or the machine is online again. */
  retry(): void {
    if (this.connection.phase === "open") return;
    this.tries = Math.min(this.tries, 1);
    void this.connect();
  }

  private set(change: Partial<Connection>): void {
    this.connection = { ...this.connection, ...change };
    for (const heard of [...this.watchers]) heard();
  }

  private after(name: string, run: () => void, wait: number): void {
    const old = this.timers.get(name);
    if (old !== undefined) this.world.never(old);
    this.timers.set(name, this.world.later(run, wait));
  }

  private async connect(): Promise<void> {
    if (this.isOver) return;
    this.drop();
    this.set({ phase: this.connection.heardAt === null ? "connecting" : this.connection.phase === "polling" ? "polling" : "reconnecting", retryAt: null });
    let key: string;
    try {
      key = (await this.world.ticket()).ticket;
    } catch (error) {
      // A session that ended is told by the client; anything else is tried again.
      if (!(error instanceof ApiError && error.status === 401)) this.fail();
      return;
    }
    if (this.isOver) return;
    const socket = this.world.socket(this.url);
    this.socket = socket;
    this.last = null;
    socket.onopen = () => socket.send(JSON.stringify({ ticket: key, state: this.wanted, without: [LATER] }));
    socket.onmessage = (event) => {
      if (this.socket === socket) this.hear(JSON.parse(String(event.data)) as Message);
    };
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      if (event.code === GONE) this.wanted = "";
      this.fail();
    };
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
  }

  private fail(): void {
    if (this.isOver) return;
    this.drop();
    const wait = backoff(this.tries++, this.world.random);
    const isPolling = this.tries > POLL_AFTER;
    this.set({ phase: isPolling ? "polling" : "reconnecting", retryAt: this.world.now() + wait });
    this.after("connect", () => void this.connect(), wait);
    if (isPolling && !this.timers.has("poll")) this.after("poll", () => void this.poll(), 0);
  }

  private hear(message: Message): void {
    this.tries = 0;
    if (message.type === "hello") {
      if (message.server_ts) this.clock(message.server_ts);
      this.set({ phase: "open", heardAt: this.world.now() });
      if (this.world.isHidden()) this.rate();
      return;
    }
    if (message.type === "heartbeat") {
      this.clock(message.server_ts);
      this.set({
        phase: "open", heardAt: this.world.now(), isRunning: message.is_running, seq: message.seq,
        engineAt: ms(message.engine_ts), serverAt: ms(message.server_ts),
      });
      return;
    }
    // A snapshot may come at any time; a change has to follow on what is here.
    if (message.type === "delta" && (this.last === null || (message.since ?? message.n - 1) !== this.last)) {
      this.fail();
      return;
    }
    this.last = message.n;
    this.connection = { ...this.connection, phase: "open", heardAt: this.world.now() };
    if (message.type === "snapshot") {
      this.store.receive(message.data);
      this.set({ isRunning: message.data.run?.is_running ?? false });
    } else this.store.add(message.data);
    this.schedule();
  }

  private clock(server: string): void {
    const at = ms(server);
    if (at !== null) this.offset = at - this.world.now();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    if (this.world.isHidden()) this.after("flush", () => this.flush(), HIDDEN_MS);
    else this.world.frame(() => this.flush());
  }

  private flush(): void {
    this.isScheduled = false;
    // A page held still shows at least what it was first told.
    if (!this.isOver && (!this.isPaused || this.store.run === null)) this.store.flush();
    if (this.wanted !== this.state && [...this.store.table("states").values()].some((one) => one.id === this.state)) {
      this.wanted = this.state;
      void this.connect();
    }
  }

  /** A line that says nothing for three heartbeats is dead, whatever the socket believes. */
  private guard(): void {
    this.after("guard", () => {
      const { phase, heardAt } = this.connection;
      if (phase === "open" && heardAt !== null && this.world.now() - heardAt > SILENCE_MS) this.fail();
      this.guard();
    }, 1000);
  }

  private async poll(): Promise<void> {
    if (this.isOver || this.connection.phase !== "polling") {
      this.timers.delete("poll");
      return;
    }
    try {
      const found = await this.world.poll(this.wanted, this.etag);
      if (this.isOver || this.connection.phase !== "polling") {
        this.timers.delete("poll");
        return;
      }
      if (found) {
        this.etag = found.etag;
        this.store.receive(found.data);
        this.schedule();
      }
      this.set({ heardAt: this.world.now(), ...(found ? { isRunning: found.data.run?.is_running ?? false } : {}) });
    } catch (error) {
      // The header says since when nothing came; the next poll is the retry.
      if (error instanceof ApiError && error.status === 401) return;
    }
    this.after("poll", () => void this.poll(), POLL_MS);
  }
}
