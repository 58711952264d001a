/** Header, navigation, line of state, keys: what surrounds every page. */

import { type ReactNode, useEffect, useMemo, useState } from "react";
import { clock, day, moment, ms, zoneLabel } from "../format/time";
import { share } from "../format/number";
import { type Name, useSay, word } from "../i18n";
import { link, PAGES, type Page, useRoute } from "../route";
import { isCurrent } from "../store/staleness";
import { StoreContext, useList, useRun, useTable } from "../store/use";
import { colourOf, Dialog, ModeBadge } from "./bits";
import { hasOwnClock, useConnection, useHealth, useLive, useMarketNow, useNow, useZone } from "./clock";
import { usePast, useRoom } from "./context";
import { Icon, type IconName } from "./icons";
import { useKeys } from "./keys";
import { useMoney } from "./money";
import { StatePicker } from "./picker";
import { StopDialog, StopLine } from "./stop";
import { useMessages } from "./told";

const TABS: Page[] = ["overview", "positions", "chart", "alerts"];

export function useIsDeployed(): boolean {
  const deployments = useTable("deployments");
  const run = useRun();
  if (!run?.is_running) return false;
  for (const one of deployments.values()) if (one.status === "active") return true;
  return false;
}

export function Frame({ children }: { children: ReactNode }) {
  const say = useSay();
  const { present, seq, travel } = usePast();
  const health = useHealth();
  const [isHelp, setHelp] = useState(false);
  const [isMore, setMore] = useState(false);
  const [isStopping, setStopping] = useState(false);
  const { page } = useRoute();
  useKeys({ help: () => setHelp(true), stop: () => setStopping(true) });
  useEffect(() => {
    setMore(false);
    document.getElementById("main")?.scrollTo(0, 0);
  }, [page]);
  const now = (part: ReactNode) => <StoreContext value={present}>{part}</StoreContext>;
  return (
    <div className="frame" data-health={health}>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>{say("skip")}</a>
      {now(<Header onStop={() => setStopping(true)} />)}
      <Nav onMore={() => setMore(true)} />
      <div className="notices">
        <Line />
        <DarkLine />
        <Siren />
        {now(<StopLine onOpen={() => setStopping(true)} />)}
        {seq !== null && <PastLine onBack={() => void travel(null)} />}
      </div>
      <main id="main" tabIndex={-1} className={isCurrent(health) || seq !== null ? "" : "is-old"} data-testid="main">{children}</main>
      {isStopping && now(<StopDialog onClose={() => setStopping(false)} />)}
      {isMore && <More onClose={() => setMore(false)} />}
      {isHelp && <Help onClose={() => setHelp(false)} />}
      <Summary />
    </div>
  );
}

function Header({ onStop }: { onStop: () => void }) {
  const say = useSay();
  const { state } = useRoom();
  const run = useRun();
  const isDeployed = useIsDeployed();
  const { mark } = useMoney();
  useTitle(isDeployed);
  return (
    <header className="top">
      <a className="wordmark" href={link(state, "overview")} aria-label="openbell"><Icon name="bell" size={20} /><span>openbell</span></a>
      <StatePicker />
      {run && (
        <>
          <span className="wide-only"><ModeBadge badge={run.badge} mode={run.mode} isDeployed={isDeployed} mark={mark} /></span>
          <span className="narrow-only"><ModeBadge badge={run.badge} mode={run.mode} isDeployed={isDeployed} mark={mark} short /></span>
          <Armed />
        </>
      )}
      <span className="top-space" />
      <LineStatus />
      <AlertBell />
      <button type="button" className="stop-button" onClick={onStop} data-testid="stop" aria-keyshortcuts="s s" title={say("stop.hint")}>
        <Icon name="stop" size={16} />{say("stop")}
      </button>
    </header>
  );
}

/** Real money says whether it may be spent now, and until when. */
export function Armed() {
  const say = useSay();
  const zone = useZone();
  const { mark, armedUntil } = useMoney();
  if (mark !== "real") return null;
  return (
    <span className={`badge ${armedUntil ? "badge-armed" : "badge-unarmed"}`} data-testid="armed" data-armed={armedUntil !== null}>
      <Icon name={armedUntil ? "rocket" : "lock"} size={13} />
      {say(armedUntil ? "armed" : "armed.not")}
      {armedUntil && <small className="wide-only">{say("armed.until", { at: `${clock(armedUntil, zone)} ${zoneLabel(zone, armedUntil)}` })}</small>}
    </span>
  );
}

/** Title and favicon say the mode as well: tabs look alike otherwise. */
function useTitle(isDeployed: boolean) {
  const say = useSay();
  const run = useRun();
  const accounts = useTable("accounts");
  const first = accounts.size === 1 ? accounts.values().next().value : undefined;
  const badge = run?.badge;
  const { mark: money, armedUntil } = useMoney();
  const words = badge ? [say(`badge.${badge}` as Name), ...(money ? [say(`badge.${money}`)] : []), ...(armedUntil ? [say("armed")] : [])] : [];
  const mark = badge ? `${isDeployed ? "●" : "○"} ${words.join(" · ")}` : "";
  const kind = badge === "live" && money === "simulated" ? "-sim" : armedUntil ? "-armed" : "";
  const part = first?.day_pnl_share == null ? "" : ` ${share(first.day_pnl_share, { signed: true })}`;
  const title = badge ? `${mark}${part} · ${run?.title || run?.id} · openbell` : "openbell";
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    const icon = document.getElementById("favicon");
    const name = badge ? `${colourOf(badge)}${kind}${isDeployed ? "-on" : ""}` : "none";
    if (icon instanceof HTMLLinkElement) icon.href = `${import.meta.env.BASE_URL}icon-${name}.svg`;
    document.documentElement.dataset["mode"] = badge ? colourOf(badge) : "none";
  }, [badge, isDeployed, kind]);
}

/** The line's word and a clock; figures are only as good as this. */
function LineStatus() {
  const say = useSay();
  const live = useLive();
  const run = useRun();
  const connection = useConnection();
  const health = useHealth();
  const here = useNow();
  const market = useMarketNow();
  const zone = useZone();
  const at = hasOwnClock(run) ? market : here + live.offset;
  const last = clock(connection.heardAt, zone);
  return (
    <span className={`line line-${health}`} data-testid="line" data-health={health}>
      <span className="line-dot" aria-hidden="true" />
      <span className="line-word">{health === "reconnecting" ? say("line.reconnecting", { last }) : say(`line.${health}` as Name)}</span>
      <span className="line-clock num" title={hasOwnClock(run) ? say("clock.market") : say("clock.server")}>
        {hasOwnClock(run) ? moment(at, zone, here) : clock(at, zone)} <small>{zoneLabel(zone, at)}</small>
      </span>
      <button type="button" className="icon-button wide-only" aria-pressed={live.isPaused} onClick={() => live.pause(!live.isPaused)}
        title={say(live.isPaused ? "motion.play" : "motion.pause")} aria-label={say(live.isPaused ? "motion.play" : "motion.pause")} data-testid="hold">
        <Icon name={live.isPaused ? "play" : "pause"} size={14} />
      </button>
    </span>
  );
}

/** A bar below the header whenever what is shown is not of now, with what is done about it. */
function Line() {
  const say = useSay();
  const live = useLive();
  const connection = useConnection();
  const health = useHealth();
  const run = useRun();
  const now = useNow();
  const zone = useZone();
  if (live.isPaused) {
    return (
      <div className="notice is-plain" role="status" data-testid="held">
        <Icon name="pause" size={16} /><span>{say("motion.paused")}</span>
        <button type="button" className="button is-small" onClick={() => live.pause(false)}>{say("motion.play")}</button>
      </div>
    );
  }
  if (health === "live" || health === "waiting") return null;
  if (health === "reconnecting") {
    const wait = connection.retryAt === null ? 0 : Math.max(0, Math.ceil((connection.retryAt - now) / 1000));
    return (
      <div className="notice is-warn" role="status" data-testid="reconnecting">
        <Icon name="warning" size={16} />
        <span>
          {say(connection.heardAt === null ? "line.never" : "line.lost", { last: clock(connection.heardAt, zone) })}{" "}
          {wait > 0 ? say("line.retry", { seconds: wait }) : say("line.trying")}
        </span>
        <button type="button" className="button is-small" onClick={() => live.retry()}>{say("line.now")}</button>
      </div>
    );
  }
  const beat = ms(run?.beat_ts) ?? connection.engineAt;
  const text = health === "ended" ? say("line.ended.text", { last: beat === null ? "–" : `${day(beat, zone)} ${clock(beat, zone)} ${zoneLabel(zone, beat)}` })
    : health === "silent" ? say("line.silent.text", { last: clock(connection.engineAt, zone) }) : say("line.polling.text");
  return (
    <div className={`notice ${health === "silent" ? "is-warn" : "is-plain"}`} role="status" data-testid={`notice-${health}`}>
      <Icon name={health === "silent" ? "warning" : "info"} size={16} /><span>{text}</span>
    </div>
  );
}

/** Runs that cannot be shown are named on every page: nobody may take silence for calm. */
function DarkLine() {
  const say = useSay();
  const { dark } = useRoom();
  const { page } = useRoute();
  if (!dark.length) return null;
  return (
    <div className="notice is-warn" role="status" data-testid="dark-line">
      <Icon name="warning" size={16} /><span>{say("dark.some", { count: dark.length, names: dark.map((one) => one.id).join(", ") })}</span>
      <a className="button is-small" href={link(dark[0]?.id ?? "", page)}>{say("stop.look")}</a>
    </div>
  );
}

/** What is critical and reached nobody is said on every page. */
function Siren() {
  const say = useSay();
  const { state } = useRoom();
  const { post } = useMessages();
  if (!post?.unheard) return null;
  return (
    <div className="notice is-warn" role="alert" data-testid="siren">
      <Icon name="warning" size={16} /><span>{say("siren", { count: post.unheard })}</span>
      <a className="button is-small" href={link(state, "alerts")}>{say("stop.look")}</a>
    </div>
  );
}

function PastLine({ onBack }: { onBack: () => void }) {
  const say = useSay();
  const run = useRun();
  const zone = useZone();
  const { seq } = usePast();
  const at = ms(run?.market_ts);
  return (
    <div className="notice is-past" role="status" data-testid="past">
      <Icon name="clock" size={16} />
      <span>{say("past.text", { seq: seq ?? 0, at: at === null ? "–" : `${day(at, zone)} ${clock(at, zone)} ${zoneLabel(zone, at)}` })}</span>
      <button type="button" className="button is-small" onClick={onBack} data-testid="back-to-now">{say("past.back")}</button>
    </div>
  );
}

function AlertBell() {
  const say = useSay();
  const { state } = useRoom();
  const alerts = useList("alerts");
  const { post } = useMessages();
  const known = useMemo(() => alerts.filter((one) => one.level === "error" || one.level === "critical").length, [alerts]);
  const count = post?.is_kept ? post.unseen : known;
  return (
    <a className={`icon-button bell ${count ? "has-some" : ""}`} href={link(state, "alerts")} aria-label={say("alerts.bell", { count })} data-testid="bell">
      <Icon name="alerts" />
      {count > 0 && <b className="num">{count > 99 ? "99+" : count}</b>}
    </a>
  );
}

function Nav({ onMore }: { onMore: () => void }) {
  const say = useSay();
  const { state } = useRoom();
  const { page } = useRoute();
  return (
    <nav className="nav" aria-label={say("nav")}>
      {PAGES.map((one) => (
        <a key={one} href={link(state, one)} aria-current={one === page ? "page" : undefined} className={TABS.includes(one) ? "is-tab" : ""} data-testid={`nav-${one}`}>
          <Icon name={one as IconName} /><span>{say(`page.${one}` as Name)}</span>
        </a>
      ))}
      <button type="button" className="nav-more" onClick={onMore} data-testid="nav-more"><Icon name="more" /><span>{say("nav.more")}</span></button>
    </nav>
  );
}

function More({ onClose }: { onClose: () => void }) {
  const say = useSay();
  const { state } = useRoom();
  const { page } = useRoute();
  return (
    <Dialog title={say("nav.more")} onClose={onClose} className="is-sheet" id="more">
      <div className="more-grid">
        {PAGES.map((one) => (
          <a key={one} href={link(state, one)} aria-current={one === page ? "page" : undefined} onClick={onClose}>
            <Icon name={one as IconName} size={20} /><span>{say(`page.${one}` as Name)}</span>
          </a>
        ))}
      </div>
    </Dialog>
  );
}

function Help({ onClose }: { onClose: () => void }) {
  const say = useSay();
  const rows: [string, string][] = [
    ["?", say("key.help")], ["/", say("key.search")], ["p", say("key.pause")], ["s s", say("key.stop")], ["Esc", say("key.escape")],
    ["↑ ↓", say("key.rows")], ["Enter", say("key.enter")],
    ...PAGES.map((one): [string, string] => [`g ${GO[one]}`, say(`page.${one}` as Name)]),
  ];
  return (
    <Dialog title={say("key.title")} onClose={onClose} id="help">
      <dl className="keys">
        {rows.map(([keys, text]) => (
          <div key={keys}><dt>{keys.split(" ").map((one) => <kbd key={one}>{one}</kbd>)}</dt><dd>{text}</dd></div>
        ))}
      </dl>
      <p className="quiet">{say("key.note")}</p>
    </Dialog>
  );
}

export const GO: Record<Page, string> = {
  overview: "v", deployments: "d", positions: "p", orders: "o", chart: "c", history: "h", decisions: "y", risk: "r", alerts: "a", journal: "j",
  strategies: "t", settings: "e",
};

/** For screen readers: one sentence at most every ten seconds; ticks are never read out. */
function Summary() {
  const say = useSay();
  const health = useHealth();
  const positions = useTable("positions");
  const now = useNow();
  const [text, setText] = useState("");
  const slot = Math.floor(now / 10000);
  const next = say("summary", { line: word(say, "line", health === "reconnecting" ? "lost.short" : health), positions: positions.size });
  // The slot is what makes it speak: a change in between waits for the next one.
  useEffect(() => setText(next), [slot]);
  return <p className="unseen" aria-live="polite">{text}</p>;
}


