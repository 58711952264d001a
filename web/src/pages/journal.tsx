/** The record of everything: search it, check it, and stand at any point of it. */

import { useCallback, useEffect, useRef, useState } from "react";
import { get } from "../api/client";
import type { JournalRecord } from "../api/types";
import { useSay } from "../i18n";
import { useRun } from "../store/use";
import { Empty, Panel } from "../ui/bits";
import { When } from "../ui/clock";
import { usePast, useRoom } from "../ui/context";
import { Icon } from "../ui/icons";
import { useTell, why } from "../ui/toasts";

interface Verdict {
  is_sound: boolean;
  records: number;
  seq: number;
  head_hash: string;
  problem: string | null;
}

const COUNT = 100;
const WAIT_MS = 250;

export default function Journal() {
  const say = useSay();
  const tell = useTell();
  const { state } = useRoom();
  const past = usePast();
  const run = useRun();
  const newest = past.present.run?.seq ?? run?.seq ?? 0;
  const [text, setText] = useState("");
  const [wanted, setWanted] = useState("");
  const [records, setRecords] = useState<JournalRecord[] | null>(null);
  const [isAll, setAll] = useState(false);
  const [problem, setProblem] = useState("");
  const [verdict, setVerdict] = useState<Verdict | "busy" | null>(null);
  const [place, setPlace] = useState("");
  const [isGoing, setGoing] = useState(false);

  useEffect(() => {
    const id = window.setTimeout(() => setWanted(text.trim()), WAIT_MS);
    return () => window.clearTimeout(id);
  }, [text]);

  // How far the list goes: what has come since is counted, and shown when it is asked for.
  const head = useRef(newest);
  head.current = newest;
  const seen = useRef<number | null>(null);
  const load = useCallback(async (before: number | null, signal?: AbortSignal) => {
    try {
      const found = await get<{ records: JournalRecord[] }>("/api/journal", { state, before_seq: before, count: COUNT, q: wanted }, signal);
      if (before === null) seen.current = wanted ? head.current : Math.max(...found.records.map((one) => one.seq), 0);
      setRecords((old) => (before === null ? found.records : [...(old ?? []), ...found.records]));
      setAll(found.records.length < COUNT);
      setProblem("");
    } catch (error) {
      if (!signal?.aborted) setProblem(error instanceof Error ? error.message : String(error));
    }
  }, [state, wanted]);
  useEffect(() => {
    const stop = new AbortController();
    void load(null, stop.signal);
    return () => stop.abort();
  }, [load]);

  const verify = async () => {
    setVerdict("busy");
    try {
      setVerdict(await get<Verdict>("/api/journal/verify", { state }));
    } catch (error) {
      setVerdict(null);
      tell(why(error, say), "bad");
    }
  };
  const travel = async (seq: number) => {
    setGoing(true);
    try {
      await past.travel(seq);
    } catch (error) {
      tell(why(error, say), "bad");
    } finally {
      setGoing(false);
    }
  };
  const at = past.seq ?? newest;
  return (
    <div className="page" data-testid="journal">
      <div className="page-head">
        <h1>{say("page.journal")}</h1>
        <span className="quiet num">#{newest}</span>
        <span className="top-space" />
        <button type="button" className="button" onClick={() => void verify()} disabled={verdict === "busy"} data-testid="verify"><Icon name="lock" size={15} />{say(verdict === "busy" ? "journal.verifying" : "journal.verify")}</button>
      </div>
      {verdict && verdict !== "busy" && (
        <div className={`notice ${verdict.is_sound ? "is-good" : "is-stop"}`} role="status" data-testid="verdict" data-sound={verdict.is_sound}>
          <Icon name={verdict.is_sound ? "check" : "warning"} size={16} />
          <span>{verdict.is_sound ? say("journal.sound", { records: verdict.records, seq: verdict.seq }) : say("journal.broken", { problem: verdict.problem ?? "" })} <code className="hash">{verdict.head_hash}</code></span>
        </div>
      )}
      <Panel title={say("travel")} aside={past.seq !== null && <button type="button" className="link-button" onClick={() => void past.travel(null)}>{say("past.back")}</button>}>
        <form className="travel" onSubmit={(event) => { event.preventDefault(); const seq = Number(place); if (Number.isInteger(seq) && seq >= 1) void travel(seq); }}>
          <p className="quiet">{say("travel.text")}</p>
          <input type="range" min={1} max={Math.max(1, newest)} value={Math.min(Number(place) || at, newest)} aria-label={say("travel")} onChange={(event) => setPlace(event.target.value)}
            onPointerUp={(event) => void travel(Number(event.currentTarget.value))} onKeyUp={(event) => { if (event.key === "Enter") void travel(Number(event.currentTarget.value)); }} data-testid="travel-range" />
          <label>#<input type="number" min={1} max={newest} value={place || String(at)} aria-label={say("travel.seq")} onChange={(event) => setPlace(event.target.value)} data-testid="travel-seq" /></label>
          <button type="submit" className="button is-small" disabled={isGoing} data-testid="travel-go">{say(isGoing ? "loading" : "travel.go")}</button>
        </form>
      </Panel>
      <Panel flush title={say("journal.records")} aside={
        <label className="search"><Icon name="search" size={14} /><input data-search type="search" value={text} dir="auto" placeholder={say("journal.search")} aria-label={say("journal.search")} onChange={(event) => setText(event.target.value)} data-testid="journal-search" /></label>
      }>
        {problem && <p className="problem" role="alert">{problem}</p>}
        {records && newest > (seen.current ?? newest) && <p className="older" data-testid="newer"><button type="button" className="button is-small" onClick={() => void load(null)}>{say("journal.newer", { count: newest - (seen.current ?? newest) })}</button></p>}
        {records?.length ? <ol className="records">{records.map((one) => (
          <li key={one.seq} className={one.seq === past.seq ? "is-here" : ""} data-testid="record">
            <button type="button" className="num record-seq" title={say("travel.here")} onClick={() => void travel(one.seq)}>#{one.seq}</button>
            <When ts={one.ts} />
            <b className={`kind kind-${one.kind.toLowerCase()}`}>{one.kind}</b>
            <details><summary dir="auto">{one.text}</summary><p dir="auto">{one.text}</p></details>
          </li>
        ))}</ol> : records === null ? !problem && <p className="older quiet" role="status">{say("loading")}</p> : <Empty icon="journal" title={say(wanted ? "empty.search" : "empty.journal")} text={say(wanted ? "empty.search.text" : "empty.journal.text")} />}
        {records && records.length > 0 && !isAll && <p className="older"><button type="button" className="button is-small" onClick={() => void load(records[records.length - 1]?.seq ?? null)}>{say("older")}</button></p>}
      </Panel>
    </div>
  );
}
