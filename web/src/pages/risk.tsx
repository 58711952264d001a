/** Limits with their use, gates that are closed, stops in force. */

import { useState } from "react";
import type { Limit } from "../api/types";
import { share } from "../format/number";
import { type Name, said, useSay, word } from "../i18n";
import { useRun, useTable } from "../store/use";
import { Calm, Choice, Empty, Gauge, inUnit, Panel } from "../ui/bits";
import { When } from "../ui/clock";
import { usePast, useRoom } from "../ui/context";
import { Icon } from "../ui/icons";
import { StopDialog } from "../ui/stop";

type Show = "all" | "measured" | "off";
const RANK: Record<Limit["state"], number> = { hit: 3, near: 2, ok: 1, off: 0 };

export function Risk() {
  const say = useSay();
  const run = useRun();
  const { state } = useRoom();
  const past = usePast();
  const limits = [...useTable("limits").values()];
  const accounts = useTable("accounts");
  const latches = [...useTable("latches").values()];
  const kills = [...useTable("kills").values()];
  const [show, setShow] = useState<Show>("all");
  const [stopping, setStopping] = useState<string | null>(null);
  const scopes = [...new Set(limits.map((one) => one.scope))];
  const shown = limits.filter((one) => show === "all" || (show === "off" ? one.state === "off" : one.share !== null && one.state !== "off"))
    .sort((a, b) => RANK[b.state] - RANK[a.state] || (b.share ?? -1) - (a.share ?? -1) || a.id.localeCompare(b.id, undefined, { numeric: true }));
  const currency = (row: Limit) => accounts.get(row.account ?? row.scope.replace(/^account:/, ""))?.currency ?? "";
  return (
    <div className="page" data-testid="risk">
      <div className="page-head">
        <h1>{say("page.risk")}</h1>
        <Choice label={say("risk.show")} value={show} onChange={setShow} id="risk-show" options={[["all", `${say("risk.all")} ${limits.length}`], ["measured", say("risk.measured")], ["off", say("risk.off")]]} />
      </div>
      <div className="pair">
        <Panel title={say("kills")} id="kills">
          {kills.length ? <ul className="gates">{kills.map((one) => (
            <li key={one.scope} className="is-kill">
              <Icon name="stop" size={16} />
              <div><strong>{say(`tier.${one.tier}` as Name)}</strong> · {one.scope === "all" ? say("scope.all") : <bdi>{one.scope}</bdi>} · {word(say, "stage", one.stage)}
                <p className="quiet"><bdi>{one.actor}</bdi>: <span dir="auto">{one.reason}</span> · <When ts={one.ts} /></p>
                {one.left.length > 0 && <ul className="left-list">{one.left.map((text) => <li key={text} dir="auto">{text}</li>)}</ul>}
                <p className="quiet">{say("kill.release")} <code>openbell enable {run?.id ?? state}{one.scope === "all" ? "" : ` --scope ${one.scope}`} --reason "…"</code></p>
              </div>
              <button type="button" className="button is-small" onClick={() => setStopping(one.scope)}>{say("stop.look")}</button>
            </li>
          ))}</ul> : <Calm title={say("empty.kills")} text={say("empty.kills.text")} />}
        </Panel>
        <Panel title={say("latches")} id="latches">
          {latches.length ? <ul className="gates">{latches.map((one) => (
            <li key={one.key} className="is-latch">
              <Icon name="lock" size={16} />
              <div><strong>{word(say, "rule", one.kind)}</strong> · {one.scope === "all" ? say("scope.all") : <bdi>{one.scope}</bdi>}
                <p dir="auto">{said(one.reason)}</p>
                <p className="quiet">{one.release && <>{say("latch.release")}: <span dir="auto">{word(say, "release", one.release)}</span> · </>}<When ts={one.ts} /></p>
              </div>
            </li>
          ))}</ul> : <Calm title={say("empty.latches")} text={say("empty.latches.text")} />}
        </Panel>
      </div>
      {scopes.map((scope) => {
        const rows = shown.filter((one) => one.scope === scope);
        return rows.length === 0 ? null : (
          <Panel key={scope} title={scope === "all" ? say("scope.all") : <bdi>{scope.replace(/^account:/, `${say("scope.account")} `)}</bdi>}>
            <div className="limit-grid">{rows.map((one) => (
              <div key={one.key} className={`limit limit-${one.state}`} data-testid="limit" data-id={one.id} data-state={one.state}>
                {one.share === null ? (
                  <div className="limit-head"><span>{one.id && <b className="code">{one.id}</b>}{word(say, "rule", one.name)}</span><span className="gauge-state">{say(`limit.${one.state === "ok" ? "on" : one.state}` as Name)}</span></div>
                ) : <Gauge code={one.id} label={word(say, "rule", one.name)} share={one.share} state={one.state} used={inUnit(one.used, one.unit, say, currency(one))} limit={inUnit(one.limit, one.unit, say, currency(one))} />}
                <p className="quiet" dir="auto">{said(one.text)}{one.share !== null && one.share >= 0.8 && one.state === "ok" ? ` (${share(one.share, { digits: 0 })})` : ""}</p>
                {(one.why || one.why_off) && <p className="limit-why" dir="auto">{said(one.why || one.why_off || "")}</p>}
              </div>
            ))}</div>
          </Panel>
        );
      })}
      {!limits.length && <Panel><Empty icon="risk" title={say("empty.limits")} text={say(past.seq === null ? "empty.limits.text" : "empty.limits.past")} /></Panel>}
      {stopping !== null && <StopDialog scope={stopping} onClose={() => setStopping(null)} />}
    </div>
  );
}
