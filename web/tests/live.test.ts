import { describe, expect, it } from "vitest";
import { Live, type World } from "../src/api/live";
import type { Snapshot } from "../src/api/types";
import { Store } from "../src/store/store";
import { health, SILENCE_MS } from "../src/store/staleness";
import { position, snapshot } from "./rows";

class Socket {
  readyState = 1;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  isClosed = false;
  send(text: string) { this.sent.push(text); }
  close() { this.isClosed = true; }
  say(message: unknown) { this.onmessage?.({ data: JSON.stringify(message) }); }
}

/** A browser whose clock, timers, frames and sockets stand still until they are told. */
class Fake {
  clock = 1_000_000;
  sockets: Socket[] = [];
  timers = new Map<number, { at: number; run: () => void }>();
  frames: (() => void)[] = [];
  polls = 0;
  asked: string[] = [];
  isHidden = false;
  isRefusing = false;
  polled: Snapshot | null = snapshot();
  private id = 0;
  world: World = {
    now: () => this.clock,
    random: () => 1,
    socket: () => {
      const made = new Socket();
      this.sockets.push(made);
      return made as unknown as WebSocket;
    },
    ticket: async () => {
      if (this.isRefusing) throw new Error("refused");
      return { ticket: "t" };
    },
    poll: async (state) => {
      this.polls += 1;
      this.asked.push(state);
      return this.polled ? { etag: "e", data: this.polled } : null;
    },
    later: (run, wait) => {
      this.id += 1;
      this.timers.set(this.id, { at: this.clock + wait, run });
      return this.id;
    },
    never: (id) => void this.timers.delete(id),
    frame: (run) => void this.frames.push(run),
    isHidden: () => this.isHidden,
  };

  async settle() { for (let at = 0; at < 20; at += 1) await Promise.resolve(); }

  /** Let time pass; timers that are due run in order, each with what it starts. */
  async pass(wait: number) {
    const end = this.clock + wait;
    for (;;) {
      const due = [...this.timers].filter(([, one]) => one.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.clock = Math.max(this.clock, due[1].at);
      this.timers.delete(due[0]);
      due[1].run();
      await this.settle();
    }
    this.clock = end;
  }

  frame() { for (const run of this.frames.splice(0)) run(); }
  get socket() { return this.sockets[this.sockets.length - 1] as Socket; }
}

async function open() {
  const fake = new Fake();
  const store = new Store();
  const live = new Live(store, "a", "ws://here", fake.world);
  live.start();
  await fake.settle();
  fake.socket.onopen?.();
  fake.socket.say({ type: "hello", protocol: 1, badge: "paper" });
  fake.socket.say({ type: "snapshot", n: 7, data: snapshot() });
  return { fake, store, live };
}

const delta = (n: number, px: string, since?: number) => ({ type: "delta", n, ...(since === undefined ? {} : { since }), data: { positions: { set: { A: position("A", px) } } } });

describe("line", () => {
  it("says its ticket and state first", async () => {
    const { fake } = await open();
    expect(JSON.parse(fake.socket.sent[0] ?? "")).toEqual({ ticket: "t", state: "a", without: ["trades"] });
  });

  it("flushes once per frame", async () => {
    const { fake, store } = await open();
    fake.frame();
    for (let n = 8; n < 108; n += 1) fake.socket.say(delta(n, String(n)));
    expect(fake.frames).toHaveLength(1);
    expect(store.table("positions").size).toBe(0);
    fake.frame();
    expect(store.table("positions").get("A")?.px).toBe("107");
  });

  it("takes a change that stands for several frames", async () => {
    const { fake, store } = await open();
    fake.socket.say(delta(12, "5", 7));
    fake.frame();
    expect(store.table("positions").get("A")?.px).toBe("5");
    expect(fake.sockets).toHaveLength(1);
  });

  it("connects anew after a gap and shows nothing of what came behind it", async () => {
    const { fake, store, live } = await open();
    fake.frame();
    fake.socket.say(delta(9, "5"));
    fake.frame();
    expect(store.table("positions").size).toBe(0);
    expect(live.connection.phase).toBe("reconnecting");
    await fake.pass(600);
    expect(fake.sockets).toHaveLength(2);
  });

  it("takes a line that is silent for dead", async () => {
    const { fake, live } = await open();
    await fake.pass(SILENCE_MS + 1500);
    expect(fake.sockets.length).toBeGreaterThan(1);
    expect(live.connection.phase).not.toBe("open");
  });

  it("stays with a line that only beats", async () => {
    const { fake, live } = await open();
    for (let at = 0; at < 10; at += 1) {
      await fake.pass(1000);
      fake.socket.say({ type: "heartbeat", server_ts: "1000000000000000", engine_ts: "1", seq: 5, is_running: true });
    }
    expect(fake.sockets).toHaveLength(1);
    expect(live.connection.seq).toBe(5);
  });

  it("polls every two seconds while sockets fail, and stops once one holds", async () => {
    const { fake, store, live } = await open();
    fake.isRefusing = true;
    fake.polled = snapshot({ positions: { P: position("P") } });
    fake.socket.onclose?.({ code: 1006 });
    await fake.pass(4000);
    expect(live.connection.phase).toBe("polling");
    const before = fake.polls;
    await fake.pass(6000);
    expect(fake.polls - before).toBe(3);
    fake.frame();
    expect(store.table("positions").has("P")).toBe(true);
    expect(health(live.connection, fake.clock)).toBe("polling");
    fake.isRefusing = false;
    await fake.pass(15000);
    fake.socket.onopen?.();
    fake.socket.say({ type: "hello", protocol: 1, badge: "paper" });
    fake.socket.say({ type: "snapshot", n: 1, data: snapshot() });
    const polls = fake.polls;
    await fake.pass(3000);
    expect(live.connection.phase).toBe("open");
    expect(fake.polls).toBe(polls);
  });

  it("polls again when the line breaks a second time", async () => {
    const { fake, live } = await open();
    for (let round = 0; round < 2; round += 1) {
      fake.isRefusing = true;
      fake.socket.onclose?.({ code: 1006 });
      await fake.pass(8000);
      expect(live.connection.phase).toBe("polling");
      const before = fake.polls;
      await fake.pass(4000);
      expect(fake.polls).toBeGreaterThan(before);
      fake.isRefusing = false;
      await fake.pass(16000);
      fake.socket.onopen?.();
      fake.socket.say({ type: "hello", protocol: 1, badge: "paper" });
      fake.socket.say({ type: "snapshot", n: 1, data: snapshot() });
      await fake.pass(100);
    }
  });

  it("moves once a second while the tab is hidden, also for a frame that was asked for before", async () => {
    const { fake, store, live } = await open();
    fake.isHidden = true;
    live.rate();
    expect(fake.socket.sent.map((text) => JSON.parse(text) as unknown)).toContainEqual({ type: "rate", hz: 1 });
    await fake.pass(1000);
    expect(store.run?.id).toBe("a");
    fake.socket.say(delta(8, "9"));
    expect(store.table("positions").size).toBe(0);
    await fake.pass(1000);
    expect(store.table("positions").get("A")?.px).toBe("9");
  });

  it("holds the page still and catches up", async () => {
    const { fake, store, live } = await open();
    fake.frame();
    live.pause(true);
    fake.socket.say(delta(8, "9"));
    fake.frame();
    expect(store.table("positions").size).toBe(0);
    live.pause(false);
    expect(store.table("positions").get("A")?.px).toBe("9");
  });

  it("listens to the list of all while its run cannot be shown, and to the run once it can", async () => {
    const { fake, store } = await open();
    fake.frame();
    expect(store.run?.id).toBe("a");
    fake.socket.onclose?.({ code: 4404 });
    await fake.pass(600);
    fake.socket.onopen?.();
    expect((JSON.parse(fake.socket.sent[0] ?? "") as { state: string }).state).toBe("");
    const dark = { id: "a", path: "a", why: "damaged", is_running: true };
    fake.socket.say({ type: "snapshot", n: 3, data: { states: {}, dark: { a: dark } } });
    fake.frame();
    expect(store.run).toBeNull();
    expect([...store.table("dark").values()]).toEqual([dark]);
    const listed = { id: "a", title: "A", mode: "sim", badge: "sim", is_running: true, path: "a", ended_ts: null };
    fake.socket.say({ type: "delta", since: 3, n: 4, data: { states: { set: { a: listed } }, dark: { drop: ["a"] } } });
    fake.frame();
    await fake.settle();
    fake.socket.onopen?.();
    expect((JSON.parse(fake.socket.sent[0] ?? "") as { state: string }).state).toBe("a");
  });

  it("asks for the list where there is no socket and no run, and finds its run in it", async () => {
    const { fake, live } = await open();
    fake.isRefusing = true;
    fake.polled = { states: [{ id: "b" }] } as unknown as Snapshot;
    fake.socket.onclose?.({ code: 4404 });
    await fake.pass(6000);
    expect(fake.asked.at(-1)).toBe("");
    expect(live.connection.isRunning).toBe(false);
    fake.frame();
    fake.polled = { states: [{ id: "a" }] } as unknown as Snapshot;
    await fake.pass(2000);
    fake.frame();
    fake.polled = snapshot();
    await fake.pass(4000);
    expect(fake.asked.at(-1)).toBe("a");
  });

  it("is quiet after its end", async () => {
    const { fake, live } = await open();
    live.stop();
    await fake.pass(60000);
    expect(fake.sockets).toHaveLength(1);
    expect(fake.timers.size).toBe(0);
  });
});
