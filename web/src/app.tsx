/** Who may see what: settings, session, then the room itself. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { ApiError, listen, post, session as ask } from "./api/client";
import type { Session } from "./api/types";
import { load, useSay } from "./i18n";
import { Enter } from "./pages/enter";
import { go } from "./route";
import { Room } from "./room";
import { apply, read, type Settings, SettingsContext, write } from "./settings";
import { StepUp } from "./ui/stepup";

export function App() {
  const [settings, setSettings] = useState<Settings>(read);
  const change = useCallback((part: Partial<Settings>) => {
    setSettings((old) => {
      const next = { ...old, ...part };
      write(next);
      return next;
    });
  }, []);
  useEffect(() => {
    // Without its catalogue a language is shown in English: that is no reason to show nothing.
    load(settings.language).catch(() => undefined);
  }, [settings.language]);
  useEffect(() => {
    apply(settings);
    const media = matchMedia("(prefers-color-scheme: light)");
    const follow = () => apply(settings);
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, [settings]);
  const value = useMemo(() => ({ settings, change }), [settings, change]);
  return (
    <SettingsContext value={value}>
      <Gate />
    </SettingsContext>
  );
}

/** Take the one-time code out of the address at once, so that it stays in no history. */
function takeCode(): string | null {
  const match = /^#open=([\w-]+)$/.exec(location.hash);
  if (!match) return null;
  go("#/", true);
  return match[1] ?? null;
}

function Gate() {
  const say = useSay();
  const [session, setSession] = useState<Session | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [asking, setAsking] = useState<{ settle: (ok: boolean) => void } | null>(null);

  const refresh = useCallback(async () => {
    try {
      setSession(await ask());
      setProblem(null);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : "");
    }
  }, []);

  useEffect(() => {
    listen({
      lost: () => setSession((old) => (old ? { ...old, stage: old.stage === "setup" ? "setup" : "anonymous", csrf: null } : old)),
      stepUp: () => new Promise<boolean>((settle) => setAsking({ settle })),
    });
    const code = takeCode();
    if (!code) {
      void refresh();
      return;
    }
    post("/api/open", { code })
      .catch((error: unknown) => setProblem(error instanceof ApiError ? error.message : ""))
      .finally(() => void refresh());
  }, [refresh]);

  // Without an answer the page keeps asking: the server may just be starting.
  useEffect(() => {
    if (session || problem === null) return;
    const id = window.setInterval(() => void refresh(), 2000);
    return () => window.clearInterval(id);
  }, [session, problem, refresh]);

  if (!session) {
    return <div className="gate" role="status" data-testid="gate">{problem === null ? "" : problem || say("gate.unreachable")}</div>;
  }
  if (session.stage !== "open") return <Enter session={session} onEntered={refresh} />;
  return (
    <>
      <Room session={session} onSession={refresh} />
      {asking && (
        <StepUp hasSecondFactor={session.has_second_factor} onDone={(ok) => {
          asking.settle(ok);
          setAsking(null);
          if (ok) void refresh();
        }} />
      )}
    </>
  );
}
