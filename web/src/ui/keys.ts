/** Keys of the whole page. No single key changes anything at a venue, and none works while somebody types. */

import { useEffect, useRef } from "react";
import { go, link, PAGES } from "../route";
import { useLive } from "./clock";
import { useRoom } from "./context";
import { GO } from "./frame";

/** The second key of a pair has to come within this time. */
const PAIR_MS = 1200;

export function useKeys({ help, stop }: { help: () => void; stop: () => void }): void {
  const live = useLive();
  const { state } = useRoom();
  const first = useRef<{ key: string; at: number } | null>(null);
  const acts = useRef({ help, stop });
  acts.current = { help, stop };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (target?.closest("input, textarea, select, [contenteditable], dialog")) return;
      const before = first.current && event.timeStamp - first.current.at < PAIR_MS ? first.current.key : "";
      first.current = null;
      if (before === "g") {
        const page = PAGES.find((one) => GO[one] === event.key);
        if (page) {
          event.preventDefault();
          go(link(state, page));
        }
      } else if (before === "s" && event.key === "s") {
        event.preventDefault();
        acts.current.stop();
      } else if (event.key === "g" || event.key === "s") {
        first.current = { key: event.key, at: event.timeStamp };
      } else if (event.key === "?") acts.current.help();
      else if (event.key === "p") live.pause(!live.isPaused);
      else if (event.key === "/") {
        const search = document.querySelector<HTMLElement>("[data-search]");
        if (search) {
          event.preventDefault();
          search.focus();
        }
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [live, state]);
}
