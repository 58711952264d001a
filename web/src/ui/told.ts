/** What was told of the run that is shown, asked for again and again: it changes without a record of the journal. */

import { createContext, useCallback, useContext, useEffect, useSyncExternalStore } from "react";
import { get } from "../api/client";
import type { Messages } from "../api/types";

interface Wish {
  count: number;
  every_ms: number;
}

export interface Answer {
  /** Null until the first answer. */
  data: Messages | null;
  problem: string;
  /** How many messages were asked for: fewer than somebody wants are not all that there are. */
  count: number;
}

type Ask = (count: number, signal: AbortSignal) => Promise<Messages>;

/** Asks for all of a page: as many messages as whoever shows most wants, as often as whoever is most eager. */
export class Asker {
  answer: Answer = { data: null, problem: "", count: 0 };
  private readonly wishes = new Set<Wish>();
  private readonly watchers = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stop = new AbortController();
  private asked = 0;

  constructor(private readonly ask: Ask) {}

  /** Take part until the function that is returned is called. */
  want(wish: Wish): () => void {
    this.wishes.add(wish);
    // All who come with one drawing of the page are answered at once.
    if (wish.count > this.asked || this.timer === undefined) this.soon(0);
    return () => {
      this.wishes.delete(wish);
      if (this.wishes.size) return;
      clearTimeout(this.timer);
      this.timer = undefined;
      this.asked = 0;
      this.stop.abort();
    };
  }

  watch = (heard: () => void): (() => void) => {
    this.watchers.add(heard);
    return () => this.watchers.delete(heard);
  };

  again = (): void => this.soon(0);

  private soon(wait_ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.turn(), wait_ms);
  }

  private async turn(): Promise<void> {
    this.stop.abort();
    const stop = (this.stop = new AbortController());
    const count = (this.asked = Math.max(...[...this.wishes].map((one) => one.count)));
    try {
      this.answer = { data: await this.ask(count, stop.signal), problem: "", count };
    } catch (error) {
      if (stop.signal.aborted) return;
      this.answer = { ...this.answer, problem: error instanceof Error ? error.message : String(error) };
    }
    if (stop.signal.aborted) return;
    for (const heard of [...this.watchers]) heard();
    this.soon(Math.min(...[...this.wishes].map((one) => one.every_ms)));
  }
}

/** An asker for one run; a page that nobody sees asks for nothing. */
export const askerOf = (state: string): Asker => new Asker(async (count, signal) => {
  if (document.hidden) await seen(signal);
  return get<Messages>("/api/alerts/told", { state, count }, signal);
});

const seen = (signal: AbortSignal) => new Promise<void>((settle) => document.addEventListener("visibilitychange", () => settle(), { once: true, signal }));

export const ToldContext = createContext<Asker>(new Asker(() => new Promise(() => undefined)));

/** The newest messages, at least so many; `again` asks at once. */
export function useMessages(count: number, every_ms: number): Answer & { again: () => void } {
  const asker = useContext(ToldContext);
  useEffect(() => asker.want({ count, every_ms }), [asker, count, every_ms]);
  const answer = useSyncExternalStore(asker.watch, useCallback(() => asker.answer, [asker]));
  return { ...answer, data: answer.count < count ? null : answer.data, again: asker.again };
}
