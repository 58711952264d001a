/** What the system had to say, newest first: to whom it went, how far it has come, and who has seen it. */

import { type ReactNode, useMemo, useRef, useState } from "react";
import { get, post } from "../api/client";
import type { Alert, Channel, Told, Way } from "../api/types";
import { type Name, said, useSay } from "../i18n";
import { useList } from "../store/use";
import { Choice, Empty, Panel } from "../ui/bits";
import { When } from "../ui/clock";
import { usePast, useRoom } from "../ui/context";
import { Icon, type IconName } from "../ui/icons";
import { useOlder } from "../ui/pages";
import { useTell, why } from "../ui/toasts";
import { joined, type Messages, useMessages } from "../ui/told";

const LEVELS = ["critical", "error", "warning", "info"] as const;
type Level = (typeof LEVELS)[number];
const ICON: Record<Level, IconName> = { critical: "stop", error: "warning", warning: "warning", info: "info" };
const WAY_ICON: Record<Way["state"], IconName> = { held: "pause", waiting: "clock", sending: "up", sent: "check", refused: "close", dropped: "close" };
const PAGE = 100;

export function Alerts() {
  const { seq } = usePast();
  const found = useMessages();
  if (seq !== null || found.post?.is_kept === false) return <OfTheJournal />;
  return found.post ? <OfTheOutbox found={found} /> : null;
}

/** Head of the page: from which level on, and which words. */
function useFilter(tools?: ReactNode) {
  const say = useSay();
  const [least, setLeast] = useState<Level>("info");
  const [text, setText] = useState("");
  const head = (
    <div className="page-head">
      <h1>{say("page.alerts")}</h1>
      <Choice label={say("alerts.least")} value={least} onChange={setLeast} id="alerts-level" options={[...LEVELS].reverse().map((one) => [one, say(`level.${one}` as Name)] as const)} />
      <span className="top-space" />
      {tools}
      <label className="search"><Icon name="search" size={14} /><input data-search type="search" value={text} dir="auto" placeholder={say("table.filter")} aria-label={say("table.filter")} onChange={(event) => setText(event.target.value)} /></label>
    </div>
  );
  const needle = text.trim().toLowerCase();
  const levels = LEVELS.slice(0, LEVELS.indexOf(least) + 1) as readonly string[];
  const takes = (level: string, words: string) => levels.includes(level) && (!needle || words.toLowerCase().includes(needle));
  return { head, takes, key: `${least}/${needle}` };
}

function LevelTag({ level }: { level: Level }) {
  const say = useSay();
  return <span className="level"><Icon name={ICON[level]} size={14} />{say(`level.${level}` as Name)}</span>;
}

function OfTheOutbox({ found }: { found: Messages }) {
  const say = useSay();
  const tell = useTell();
  const { state, can } = useRoom();
  const [isOpenOnly, setOpenOnly] = useState(false);
  const known = useRef<Told[]>([]);
  /** Number of the very first message, once somebody has gone back that far. */
  const [end, setEnd] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const rows = (known.current = joined(known.current, found.messages));
  const act = async (work: () => Promise<string>) => {
    setBusy(true);
    try {
      const told = await work();
      if (told) tell(told, "good");
    } catch (error) {
      tell(why(error, say), "bad");
    } finally {
      setBusy(false);
    }
  };
  const acknowledge = (numbers: number[]) => void act(async () => {
    const { count } = await post<{ count: number }>("/api/alerts/acknowledge", { state, numbers });
    const now = String(Date.now() * 1e6);
    known.current = known.current.map((one) => (!one.acked_ts && (!numbers.length || numbers.includes(one.id)) ? { ...one, acked_ts: now } : one));
    return say("alerts.acked", { count });
  });
  const more = () => void act(async () => {
    const last = known.current.at(-1)?.id ?? 0;
    const { messages } = await get<{ messages: Told[] }>("/api/alerts/told", { state, count: PAGE, before: last });
    if (messages.length < PAGE) setEnd(messages.at(-1)?.id ?? last);
    if (known.current.at(-1)?.id === last) known.current = [...known.current, ...messages];
    return "";
  });
  const open = rows.filter((one) => !one.acked_ts).length;
  const { head, takes } = useFilter(
    <>
      <label className="check"><input type="checkbox" checked={isOpenOnly} data-testid="open-only" onChange={(event) => setOpenOnly(event.target.checked)} />{say("alerts.open")}</label>
      {can("trade") && <button type="button" className="button is-small" disabled={isBusy || !open} onClick={() => acknowledge([])} data-testid="ack-all"><Icon name="check" size={14} />{say("alerts.ack_all")}</button>}
    </>,
  );
  const shown = rows.filter((row) => (!isOpenOnly || !row.acked_ts) && takes(row.level, `${row.text} ${row.event} ${row.kind}`));
  return (
    <div className="page" data-testid="alerts">
      {head}
      {found.post?.problem && <p className="problem" role="status">{found.post.problem}</p>}
      <Channels found={found} />
      <Panel flush>
        {shown.length ? <ol className="alert-list is-told">{shown.map((row) => (
          <li key={row.id} className={`level-${row.level} ${row.acked_ts ? "is-seen" : ""}`} data-testid="told" data-level={row.level} data-event={row.event} data-seen={row.acked_ts !== null}>
            <LevelTag level={row.level} />
            <span className="alert-what" dir="auto">{said(row.text)}{row.repeats > 0 && <small className="quiet"> {say("alerts.repeats", { count: row.repeats })}</small>}</span>
            <span className="ways">{row.ways.map((way, at) => <WayTag key={at} way={way} />)}</span>
            <span className="alert-seen">{row.acked_ts ? <small className="quiet" title={row.acked_by}><Icon name="check" size={12} />{say("alerts.seen")}</small>
              : can("trade") ? <button type="button" className="button is-small" disabled={isBusy} onClick={() => acknowledge([row.id])} data-testid="ack" aria-label={`${say("alerts.ack")}: ${row.text}`}>{say("alerts.ack")}</button> : null}</span>
            <When ts={row.ts} />
          </li>
        ))}</ol> : <Empty icon="alerts" title={say(rows.length ? "empty.alerts.filtered" : "empty.alerts")} text={say("empty.alerts.text")} />}
        {rows.length >= PAGE && rows.at(-1)?.id !== end && <p className="older"><button type="button" className="button is-small" disabled={isBusy} onClick={more}>{say(isBusy ? "loading" : "older")}</button></p>}
      </Panel>
    </div>
  );
}

function WayTag({ way }: { way: Way }) {
  const say = useSay();
  return (
    <span className={`way way-${way.state}`} data-testid="way" data-channel={way.channel} data-state={way.state} title={said(way.why) || undefined}>
      <Icon name={WAY_ICON[way.state]} size={12} /><bdi>{way.channel}</bdi> {say(`way.${way.state}` as Name)}
      {way.why && <span className="way-why" dir="auto">{said(way.why)}</span>}
    </span>
  );
}

function Channels({ found: { post, channels } }: { found: Messages }) {
  const say = useSay();
  const { can } = useRoom();
  return (
    <Panel title={say("channels")} id="channels">
      {!post?.has_notifier && <p className="limit-why" role="status" data-testid="no-notifier"><Icon name="warning" size={14} /> {say("channels.silent")}</p>}
      {channels.length ? <ul className="channels">{channels.map((one) => <ChannelRow key={one.name} row={one} canTry={can("trade") && post?.has_notifier === true} />)}</ul>
        : <p className="quiet">{say("channels.none")} <code>alerts: [{"{url: \"https://…\"}"}]</code></p>}
    </Panel>
  );
}

function ChannelRow({ row, canTry }: { row: Channel; canTry: boolean }) {
  const say = useSay();
  const { state } = useRoom();
  const [whys, setWhys] = useState<string[] | null>(null);
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const begin = async () => {
    setBusy(true);
    setProblem("");
    setWhys(null);
    try {
      setWhys((await post<{ whys: string[] }>("/api/alerts/try", { state, channel: row.name })).whys);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <li data-testid="channel" data-name={row.name}>
      <strong><bdi>{row.name}</bdi></strong>
      <span className="quiet">{row.kind} · {say("channels.from", { level: say(`level.${row.level}` as Name) })}</span>
      <span className={row.waiting ? "channel-waits" : "quiet"}>
        {row.waiting ? say("channels.waiting", { count: row.waiting }) : row.sent_ts ? <>{say("channels.sent")} <When ts={row.sent_ts} /></> : say("channels.never")}
        {row.waiting > 0 && row.why && <> · <span dir="auto">{said(row.why)}</span></>}
      </span>
      <span className="channel-said" role="status">
        {isBusy && say("channels.trying")}
        {problem && <span className="problem" dir="auto">{problem}</span>}
        {whys?.map((why, at) => <span key={at} className={why ? "problem" : "gain"} data-testid="tried" data-ok={!why}><Icon name={why ? "close" : "check"} size={12} /> {whys.length > 1 ? `${at + 1}: ` : ""}{said(why) || say("channels.taken")}</span>)}
      </span>
      <button type="button" className="button is-small" disabled={isBusy || !canTry} onClick={() => void begin()} data-testid="try" aria-label={`${say("channels.try")}: ${row.name}`}>{say("channels.try")}</button>
    </li>
  );
}

/** Of a run without an outbox, or of the past: what the journal itself says. */
function OfTheJournal() {
  const say = useSay();
  const { seq } = usePast();
  const newest = useList("alerts");
  const older = useOlder<Alert>("/api/alerts", "alerts", newest);
  const { head, takes, key } = useFilter();
  const shown = useMemo(() => older.rows.filter((row) => takes(row.level, `${row.text} ${row.key}`)).slice(-400).reverse(), [older.rows, key]);
  return (
    <div className="page" data-testid="alerts">
      {head}
      {seq === null && <Panel title={say("channels")} id="channels"><p className="quiet">{say("channels.none")} <code>alerts: [{"{url: \"https://…\"}"}]</code></p></Panel>}
      <Panel flush>
        {shown.length ? <ol className="alert-list">{shown.map((row, at) => (
          <li key={`${row.seq}/${row.key}/${at}`} className={`level-${row.level}`} data-testid="alert" data-level={row.level}>
            <LevelTag level={row.level} />
            <span className="alert-what" dir="auto">{said(row.text)}</span>
            <code className="quiet">{row.key}</code>
            <When ts={row.ts} />
          </li>
        ))}</ol> : <Empty icon="alerts" title={say(newest.length ? "empty.alerts.filtered" : "empty.alerts")} text={say("empty.alerts.text")} />}
        {newest.length > 0 && !older.isAll && <p className="older"><button type="button" className="button is-small" disabled={older.isBusy} onClick={() => void older.more()}>{say(older.isBusy ? "loading" : "older")}</button>{older.problem && <span className="problem">{older.problem}</span>}</p>}
      </Panel>
    </div>
  );
}
