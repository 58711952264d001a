/** Now, in three senses: of this machine, of the server, of the market that is traded. */

import { createContext, memo, useCallback, useContext, useSyncExternalStore } from "react";
import type { Live } from "../api/live";
import type { Run, Ts } from "../api/types";
import { clock, day, moment, ms, span, zoneLabel, zoneName } from "../format/time";
import { units, useSay } from "../i18n";
import { useSettings } from "../settings";
import { type Connection, type Health, health } from "../store/staleness";
import { useRun, useStore } from "../store/use";

const heard = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

function watch(one: () => void): () => void {
  heard.add(one);
  timer ??= window.setInterval(() => {
    now = Date.now();
    for (const other of [...heard]) other();
  }, 1000);
  return () => {
    heard.delete(one);
    if (!heard.size) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

/** This machine's clock in milliseconds, moving once a second. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("no line above this component");
  return live;
}

export function useConnection(): Connection {
  const live = useLive();
  return useSyncExternalStore(useCallback((one) => live.watch(one), [live]), () => live.connection);
}

export function useHealth(): Health {
  const connection = useConnection();
  return health(connection, useNow());
}

/** Badges whose market has a clock of its own. */
const OWN_CLOCK = new Set(["replay", "demo", "backtest", "simulation", "dry_run"]);

export const hasOwnClock = (run: Run | null): boolean => run !== null && (run.is_synthetic || OWN_CLOCK.has(run.badge)) && run.market_ts !== null;

/** The market's now in milliseconds: the last market instant of a run with its own clock, else the server's. */
export function useMarketNow(): number {
  const run = useRun();
  const live = useLive();
  const here = useNow();
  if (hasOwnClock(run)) return ms(run?.market_ts) ?? here;
  return here + live.offset;
}

export function useZone(): string {
  const { zone } = useSettings().settings;
  return zoneName(zone);
}

/** A span since an instant of the market, moving. */
export const Since = memo(function Since({ ts }: { ts: Ts | null }) {
  const say = useSay();
  const at = ms(ts);
  const market = useMarketNow();
  return <span className="num">{span(at === null ? null : market - at, units(say))}</span>;
});

/** An instant with its full form as a title. */
export const When = memo(function When({ ts, only }: { ts: Ts | null; only?: "clock" | "day" }) {
  const zone = useZone();
  const run = useStore().run;
  const at = ms(ts);
  // The year goes without saying where it is that of the run, which may be another one than ours.
  const present = (hasOwnClock(run) ? ms(run?.market_ts) : null) ?? Date.now();
  if (at === null) return <span className="num">–</span>;
  const full = `${day(at, zone)} ${clock(at, zone)} ${zoneLabel(zone, at)}`;
  const text = only === "clock" ? clock(at, zone) : only === "day" ? day(at, zone) : moment(at, zone, present);
  return (
    <time className="num" dateTime={new Date(at).toISOString()} title={full}>
      {text}
    </time>
  );
});
