/** What became of a command, said once, politely. */

import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import { ApiError, post } from "../api/client";
import type { Answer, Command } from "../api/types";
import { type Say, said, useSay } from "../i18n";
import { useRoom } from "./context";
import { Icon } from "./icons";

interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad" | "plain";
}

type Tell = (text: string, tone?: Toast["tone"]) => void;

const ToastContext = createContext<Tell>(() => undefined);
const SHOWN_MS = 6000;

export const useTell = (): Tell => useContext(ToastContext);

export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const next = useRef(1);
  const drop = useCallback((id: number) => setToasts((all) => all.filter((one) => one.id !== id)), []);
  const tell = useCallback<Tell>((text, tone = "plain") => {
    const id = next.current++;
    setToasts((all) => [...all.slice(-3), { id, text, tone }]);
    if (tone !== "bad") window.setTimeout(() => drop(id), SHOWN_MS);
  }, [drop]);
  const say = useSay();
  return (
    <ToastContext value={tell}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((one) => (
          <div key={one.id} className={`toast is-${one.tone}`} data-testid="toast">
            <Icon name={one.tone === "good" ? "check" : one.tone === "bad" ? "warning" : "info"} size={16} />
            <span dir="auto">{one.text}</span>
            <button type="button" className="icon-button" aria-label={say("close")} onClick={() => drop(one.id)}><Icon name="close" size={14} /></button>
          </div>
        ))}
      </div>
    </ToastContext>
  );
}

/** Why something was not done, in the language of the page. */
export const why = (error: unknown, say: Say): string => (error instanceof ApiError ? error.message : say("error.network"));

/** Post a wish and say what became of it; true unless it was refused. */
export function useAsk(): (path: string, wish: object) => Promise<boolean> {
  const say = useSay();
  const tell = useTell();
  return useCallback(async (path, wish) => {
    try {
      const answer = await post<Answer>(path, wish);
      const isWaiting = answer.how === "waiting";
      tell(said(answer.text) || say(isWaiting ? "command.waiting" : "command.done"), answer.ok ? "good" : isWaiting ? "plain" : "bad");
      return answer.ok || isWaiting;
    } catch (error) {
      tell(why(error, say), "bad");
      return false;
    }
  }, [say, tell]);
}

/** Send a command for the state that is shown and say what became of it. */
export function useCommand(): (order: Partial<Command> & Pick<Command, "kind">) => Promise<boolean> {
  const ask = useAsk();
  const { state } = useRoom();
  return useCallback((order) => ask("/api/command", { state: state ?? "", scope: "all", tier: null, close: false, reason: "", ...order }), [ask, state]);
}
