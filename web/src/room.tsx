/** The room: one state, its line, the pages around it. */

import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { get } from "./api/client";
import { Live } from "./api/live";
import type { Dark, Listed, Session, Snapshot } from "./api/types";
import { useSay } from "./i18n";
import { Alerts } from "./pages/alerts";
import { Decisions } from "./pages/decisions";
import { Deployments } from "./pages/deployments";
import { History } from "./pages/history";
import { Orders } from "./pages/orders";
import { Overview } from "./pages/overview";
import { Positions } from "./pages/positions";
import { Risk } from "./pages/risk";
import { go, link, type Page, useRoute } from "./route";
import { Store } from "./store/store";
import { StoreContext, useRun, useStore, useTable, useVersion } from "./store/use";
import { LiveContext, useConnection } from "./ui/clock";
import { Empty } from "./ui/bits";
import { Boundary } from "./ui/boundary";
import { Frame } from "./ui/frame";
import { StatePicker } from "./ui/picker";
import { Icon } from "./ui/icons";
import { PastContext, type Past, RoomContext, useRoom } from "./ui/context";
import { Toasts, useCommand } from "./ui/toasts";

const Chart = lazy(() => import("./pages/chart"));
const Journal = lazy(() => import("./pages/journal"));
const Strategies = lazy(() => import("./pages/evolution"));
const Options = lazy(() => import("./pages/options"));

const LAST = "openbell.state";

const socketUrl = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`;

/** Those that run first, then what ended last. */
const order = (a: Listed, b: Listed) => Number(b.is_running) - Number(a.is_running) || (b.ended_ts ?? "").localeCompare(a.ended_ts ?? "") || b.id.localeCompare(a.id);

/** The run to show where the address names none: what was shown last, what runs, what is newest. */
function pick(runs: Listed[]): Listed | undefined {
  const last = localStorage.getItem(LAST);
  return runs.find((run) => run.id === last && run.is_running) ?? runs.find((run) => run.is_running) ?? runs.find((run) => run.id === last) ?? runs[0];
}

/** One line to the server: to the run that is shown, and to the list of all while there is none to show. */
export function Room({ session, onSession }: { session: Session; onSession: () => Promise<void> }) {
  const { state } = useRoute();
  const { store, live } = useMemo(() => {
    const made = new Store();
    return { store: made, live: new Live(made, state ?? "", socketUrl()) };
  }, [state]);
  useEffect(() => {
    live.start();
    const rate = () => live.rate();
    const retry = () => live.retry();
    document.addEventListener("visibilitychange", rate);
    window.addEventListener("online", retry);
    return () => {
      document.removeEventListener("visibilitychange", rate);
      window.removeEventListener("online", retry);
      live.stop();
    };
  }, [live]);
  return (
    <LiveContext value={live}>
      <StoreContext value={store}>
        <Inside session={session} onSession={onSession} />
      </StoreContext>
    </LiveContext>
  );
}

/** Nothing is known yet: that is said where it lasts. */
function Waiting() {
  const say = useSay();
  const { phase } = useConnection();
  return <p role="status">{phase === "connecting" ? "" : say("gate.unreachable")}</p>;
}

function Inside({ session, onSession }: { session: Session; onSession: () => Promise<void> }) {
  const route = useRoute();
  const runs = [...useTable("states").values()].sort(order);
  const dark = [...useTable("dark").values()];
  const version = `${useVersion("states")}/${useVersion("dark")}`;
  const state = route.state ?? pick(runs)?.id ?? dark[0]?.id ?? null;
  useEffect(() => {
    if (!state) return;
    localStorage.setItem(LAST, state);
    if (!route.state) go(link(state, route.page), true);
  }, [state, route.state, route.page]);

  const room = useMemo(() => ({ session, onSession, state, runs, dark, can: (scope: string) => session.scopes.includes(scope) }), [session, onSession, state, version]);
  const hidden = dark.find((one) => one.id === state);
  if (!state) {
    return (
      <main className="gate">
        {version === "0/0" ? <Waiting /> : <Empty icon="deployments" of="states" />}
      </main>
    );
  }
  return (
    <RoomContext value={room}>
      <Toasts>
        {hidden ? <DarkState key={state} row={hidden} /> : <OneState key={state} state={state} />}
      </Toasts>
    </RoomContext>
  );
}

/** A run whose journal cannot be read: why, and the way to stop it all the same. */
function DarkState({ row }: { row: Dark }) {
  const say = useSay();
  const send = useCommand();
  const { can } = useRoom();
  const [isAsked, setAsked] = useState(false);
  return (
    <main className="gate" data-testid="dark">
      <StatePicker />
      <Empty icon="warning" title={say("dark.title")} text={row.why} action={
        <>
          <p className="quiet"><code>{row.path}</code></p>
          <p className="quiet">{say("dark.text")}</p>
          {can("trade") && (
            <button type="button" className="button is-danger" data-testid="dark-stop" onClick={() => {
              if (isAsked) void send({ kind: "kill", tier: 3, close: true, reason: "operator" });
              setAsked(!isAsked);
            }}><Icon name="stop" size={16} />{say(isAsked ? "dark.sure" : "dark.stop")}</button>
          )}
        </>
      } />
    </main>
  );
}

function OneState({ state }: { state: string }) {
  const store = useStore();
  const [past, setPast] = useState<{ store: Store; seq: number } | null>(null);

  const travel = useCallback(async (seq: number | null) => {
    if (seq === null) {
      setPast(null);
      return;
    }
    const then = new Store();
    then.receive(await get<Snapshot>("/api/at", { state, seq }));
    then.flush();
    setPast({ store: then, seq });
  }, [state]);
  const value = useMemo<Past>(() => ({ seq: past?.seq ?? null, present: store, travel }), [past, store, travel]);

  return (
    <PastContext value={value}>
      <StoreContext value={past?.store ?? store}>
        <Frame>
          <Pages />
        </Frame>
      </StoreContext>
    </PastContext>
  );
}

const VIEWS: Record<Page, React.ComponentType> = {
  overview: Overview, deployments: Deployments, positions: Positions, orders: Orders, chart: Chart, history: History, decisions: Decisions,
  risk: Risk, alerts: Alerts, journal: Journal, strategies: Strategies, settings: Options,
};

function Pages() {
  const say = useSay();
  const { page } = useRoute();
  const run = useRun();
  const View = VIEWS[page];
  if (!run && page !== "settings") return <Skeleton />;
  return (
    <Boundary key={page} shown={(problem, again) => (
      <Empty icon="warning" title={say("failed")} text={problem} action={<button type="button" className="button" onClick={again} data-testid="again">{say("failed.again")}</button>} />
    )}>
      <Suspense fallback={<Skeleton />}>
        <View />
      </Suspense>
    </Boundary>
  );
}

/** Shows after 300 ms only, by its style: an answer that comes at once never flickers. */
function Skeleton() {
  const say = useSay();
  return (
    <div className="skeleton" role="status" aria-label={say("loading")}>
      <i /><i /><i /><i />
    </div>
  );
}
