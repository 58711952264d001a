/** What the system had to say, newest first. */

import { useMemo, useState } from "react";
import type { Alert } from "../api/types";
import { type Name, useSay } from "../i18n";
import { useList } from "../store/use";
import { Choice, Empty, Panel } from "../ui/bits";
import { When } from "../ui/clock";
import { Icon, type IconName } from "../ui/icons";
import { useOlder } from "../ui/pages";

const LEVELS = ["critical", "error", "warning", "info"] as const;
type Level = (typeof LEVELS)[number];
const ICON: Record<Level, IconName> = { critical: "stop", error: "warning", warning: "warning", info: "info" };

export function Alerts() {
  const say = useSay();
  const newest = useList("alerts");
  const older = useOlder<Alert>("/api/alerts", "alerts", newest);
  const [least, setLeast] = useState<Level>("info");
  const [text, setText] = useState("");
  const shown = useMemo(() => {
    const levels = LEVELS.slice(0, LEVELS.indexOf(least) + 1) as readonly string[];
    const needle = text.trim().toLowerCase();
    return older.rows.filter((row) => levels.includes(row.level) && (!needle || `${row.text} ${row.key}`.toLowerCase().includes(needle))).slice(-400).reverse();
  }, [older.rows, least, text]);
  return (
    <div className="page" data-testid="alerts">
      <div className="page-head">
        <h1>{say("page.alerts")}</h1>
        <Choice label={say("alerts.least")} value={least} onChange={setLeast} id="alerts-level" options={[...LEVELS].reverse().map((one) => [one, say(`level.${one}` as Name)] as const)} />
        <span className="top-space" />
        <label className="search"><Icon name="search" size={14} /><input data-search type="search" value={text} dir="auto" placeholder={say("table.filter")} aria-label={say("table.filter")} onChange={(event) => setText(event.target.value)} /></label>
      </div>
      <Panel flush>
        {shown.length ? <ol className="alert-list">{shown.map((row, at) => (
          <li key={`${row.seq}/${row.key}/${at}`} className={`level-${row.level}`} data-testid="alert" data-level={row.level}>
            <span className="level"><Icon name={ICON[row.level]} size={14} />{say(`level.${row.level}` as Name)}</span>
            <span className="alert-what" dir="auto">{row.text}</span>
            <code className="quiet">{row.key}</code>
            <When ts={row.ts} />
          </li>
        ))}</ol> : <Empty icon="alerts" title={say(newest.length ? "empty.alerts.filtered" : "empty.alerts")} text={say("empty.alerts.text")} />}
        {newest.length > 0 && !older.isAll && <p className="older"><button type="button" className="button is-small" disabled={older.isBusy} onClick={() => void older.more()}>{say(older.isBusy ? "loading" : "older")}</button>{older.problem && <span className="problem">{older.problem}</span>}</p>}
      </Panel>
    </div>
  );
}
