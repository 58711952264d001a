/** What was told of the run that is shown, asked for again and again: it changes without a record of the journal. */

import { useCallback, useEffect, useState } from "react";
import { get } from "../api/client";
import type { Messages } from "../api/types";
import { useRoom } from "./context";

/** The newest messages; `again` asks at once. `data` is null until the first answer. */
export function useMessages(count: number, every_ms: number): { data: Messages | null; problem: string; again: () => void } {
  const { state } = useRoom();
  const [data, setData] = useState<Messages | null>(null);
  const [problem, setProblem] = useState("");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const ask = async () => {
      if (document.hidden) return;
      try {
        setData(await get<Messages>("/api/alerts/told", { state, count }, stop.signal));
        setProblem("");
      } catch (error) {
        if (!stop.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
      }
    };
    void ask();
    const timer = window.setInterval(() => void ask(), every_ms);
    document.addEventListener("visibilitychange", ask);
    return () => {
      stop.abort();
      window.clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [state, count, every_ms, turn]);
  return { data, problem, again: useCallback(() => setTurn((one) => one + 1), []) };
}
