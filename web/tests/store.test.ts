import { describe, expect, it } from "vitest";
import { append, ENDED_KEPT, KEPT, Store } from "../src/store/store";
import { fill, order, position, run, snapshot } from "./rows";

describe("store", () => {
  it("shows nothing before the flush and everything after it", () => {
    const store = new Store();
    store.receive(snapshot({ positions: { A: position("A") } }));
    expect(store.table("positions").size).toBe(0);
    store.flush();
    expect(store.table("positions").get("A")?.px).toBe("1");
    expect(store.run?.id).toBe("a");
  });

  it("tells each section once however many changes there were", () => {
    const store = new Store();
    store.receive(snapshot());
    store.flush();
    const heard = { positions: 0, orders: 0 };
    store.watch("positions", () => { heard.positions += 1; });
    store.watch("orders", () => { heard.orders += 1; });
    for (let at = 0; at < 500; at += 1) store.add({ positions: { set: { A: position("A", String(at)) } } });
    store.flush();
    expect(heard).toEqual({ positions: 1, orders: 0 });
    expect(store.table("positions").get("A")?.px).toBe("499");
    store.flush();
    expect(heard.positions).toBe(1);
  });

  it("keeps the identity of rows that did not change, so that they are not drawn again", () => {
    const store = new Store();
    store.receive(snapshot({ positions: { A: position("A"), B: position("B") } }));
    store.flush();
    const before = store.table("positions").get("B");
    store.add({ positions: { set: { A: position("A", "2") } } });
    store.flush();
    expect(store.table("positions").get("B")).toBe(before);
  });

  it("lays what differs over the rows that are here, and leaves the others alone", () => {
    const store = new Store();
    store.receive(snapshot({ positions: { A: position("A"), B: position("B") } }));
    store.add({ positions: { part: { A: { px: "7" } } }, run: { part: { a: { seq: 99 } } } });
    store.flush();
    expect(store.table("positions").get("A")).toEqual({ ...position("A"), px: "7" });
    expect(store.table("positions").get("B")).toEqual(position("B"));
    expect(store.run).toEqual({ ...run, seq: 99 });
  });

  it("drops rows, and a snapshot replaces all that was waiting", () => {
    const store = new Store();
    store.receive(snapshot({ positions: { A: position("A"), B: position("B") } }));
    store.flush();
    store.add({ positions: { drop: ["A"] } });
    store.flush();
    expect([...store.table("positions").keys()]).toEqual(["B"]);
    store.add({ positions: { set: { C: position("C") } } });
    store.receive(snapshot({ positions: { D: position("D") } }));
    store.flush();
    expect([...store.table("positions").keys()]).toEqual(["D"]);
  });

  it("forgets older rows of a list that has a hole behind them", () => {
    const store = new Store();
    store.receive(snapshot({ fills: [fill(1), fill(2)] }));
    store.add({ fills: { add: [fill(8), fill(9)], is_whole: true } });
    store.flush();
    expect(store.list("fills").map((row) => row.seq)).toEqual([8, 9]);
    store.add({ fills: { add: [fill(10)] } });
    store.flush();
    expect(store.list("fills").map((row) => row.seq)).toEqual([8, 9, 10]);
  });

  it("has the list of all, messages and the log from the same frames as figures", () => {
    const store = new Store();
    const line = (seq: number) => ({ seq, at: "2024-01-02T00:00:00Z", level: "info", component: "Engine", text: `step ${seq}` });
    const post = { is_kept: true, has_notifier: true, unseen: 0, unheard: 0, problem: "" };
    store.receive(snapshot({ log: [line(1)], told: { a: post } }));
    store.add({ log: { add: [line(2), line(3)] }, told: { part: { a: { unseen: 2 } } }, dark: { set: { x: { id: "x", path: "x", why: "w", is_running: false } } } });
    store.flush();
    expect(store.list("log").map((one) => one.seq)).toEqual([1, 2, 3]);
    expect(store.table("told").get("a")).toEqual({ ...post, unseen: 2 });
    expect(store.table("dark").has("x")).toBe(true);
    store.add({ log: { add: Array.from({ length: 100 }, (_, at) => line(4 + at)) } });
    store.flush();
    expect(store.list("log")).toHaveLength(KEPT.log);
    expect(store.list("log").at(-1)?.seq).toBe(103);
  });

  it("takes the run whole or by its key", () => {
    const store = new Store();
    store.receive(snapshot());
    store.add({ run: { ...run, seq: 11 } });
    store.flush();
    expect(store.run?.seq).toBe(11);
    store.add({ run: { set: { a: { ...run, seq: 12 } } } });
    store.flush();
    expect(store.run?.seq).toBe(12);
  });

  it("never loses a fill that arrives between two frames, and never doubles one", () => {
    const store = new Store();
    store.receive(snapshot({ fills: [fill(1), fill(2)] }));
    store.flush();
    store.add({ fills: { add: [fill(2), fill(3)] } });
    store.add({ fills: { add: [fill(4, "x"), fill(4, "y")] } });
    store.flush();
    expect(store.list("fills").map((row) => `${row.seq}${row.oid}`)).toEqual(["1o1", "2o2", "3o3", "4x", "4y"]);
  });

  it("is bounded: lists at what is kept, orders at the newest ended ones, working ones stay", () => {
    const store = new Store();
    store.receive(snapshot());
    for (let at = 0; at < 1200; at += 1) store.add({ fills: { add: [fill(at)] }, orders: { set: { [`e${at}`]: order(`e${at}`, "filled", at) } } });
    store.add({ orders: { set: { w: order("w", "working", 0) } } });
    store.flush();
    expect(store.list("fills")).toHaveLength(KEPT.fills);
    expect(store.list("fills").at(-1)?.seq).toBe(1199);
    expect(store.table("orders").size).toBe(ENDED_KEPT + 1);
    expect(store.table("orders").has("w")).toBe(true);
    expect(store.table("orders").has("e1199")).toBe(true);
    expect(store.table("orders").has("e0")).toBe(false);
  });

  it("hands bars on in order", () => {
    const store = new Store();
    const seen: number[] = [];
    store.watchBars((rows) => seen.push(...(rows ?? []).map((row) => row.bar[0])));
    store.add({ bars: { add: [{ symbol: "X", bar: [60, 1, 1, 1, 1, 1] }] } });
    store.add({ bars: { add: [{ symbol: "X", bar: [120, 1, 1, 1, 1, 1] }] } });
    store.flush();
    expect(seen).toEqual([60, 120]);
  });

  it("says that bars were missed where a snapshot stands for what was not had", () => {
    const store = new Store();
    const seen: (number | null)[] = [];
    store.watchBars((rows) => seen.push(rows && rows.length));
    store.receive(snapshot());
    store.flush();
    expect(seen).toEqual([]);
    store.add({ bars: { add: [{ symbol: "X", bar: [60, 1, 1, 1, 1, 1] }] } });
    store.receive(snapshot());
    store.add({ bars: { add: [{ symbol: "X", bar: [180, 1, 1, 1, 1, 1] }] } });
    store.flush();
    expect(seen).toEqual([null, 1]);
  });

  it("forgets a watcher that left", () => {
    const store = new Store();
    let heard = 0;
    store.watch("run", () => { heard += 1; })();
    store.receive(snapshot());
    store.flush();
    expect(heard).toBe(0);
  });
});

describe("append", () => {
  it("keeps the newest", () => {
    expect(append([fill(1), fill(2)], [fill(3)], 2).map((row) => row.seq)).toEqual([2, 3]);
  });
});
