/** Every deployment as a card with its eight figures, and what can be done with it. */

import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Deployment } from "../api/types";
import { figure, money, share, sum } from "../format/number";
import { useSay, word } from "../i18n";
import { link, useRoute } from "../route";
import { useRun, useTable } from "../store/use";
import { Choice, Dialog, Empty, ModeBadge, Result, StatusTag } from "../ui/bits";
import { Since } from "../ui/clock";
import { usePast, useRoom } from "../ui/context";
import { Field } from "../ui/form";
import { Icon } from "../ui/icons";
import { StopDialog } from "../ui/stop";
import { useAsk, useCommand } from "../ui/toasts";

type Show = "now" | "all" | "active" | "paused" | "stopped" | "error";

/** Whether somebody has stopped it, which takes it out of the grid; one whose run merely ended stays. */
export const isGone = (row: Deployment, kills: ReadonlyMap<string, unknown>) =>
  row.status === "stopped" && ["all", `account:${row.account}`, `deployment:${row.id}`].some((scope) => kills.has(scope));

export function Deployments() {
  const say = useSay();
  const { state } = useRoom();
  const { query } = useRoute();
  const deployments = useTable("deployments");
  const kills = useTable("kills");
  const [show, setShow] = useState<Show>("now");
  const [isEmergency, setEmergency] = useState(false);
  const all = [...deployments.values()];
  const present = all.filter((one) => !isGone(one, kills));
  const shown = all.filter((one) => (show === "now" ? present.includes(one) || one.id === query["id"] : show === "all" || one.status === show));
  const gone = all.length - present.length;
  const count = (status: Show) => all.filter((one) => one.status === status).length;
  return (
    <div className="page" data-testid="deployments">
      <div className="page-head">
        <h1>{say("page.deployments")}</h1>
        <Choice label={say("deployment.filter")} value={show} onChange={setShow} id="status-filter" options={[
          ["now", `${say(gone ? "deployment.now" : "all.short")} ${present.length}`],
          ...(["active", "paused", "stopped", "error"] as const).filter((one) => count(one) > 0).map((one) => [one, `${word(say, "status", one)} ${count(one)}`] as const),
          ...(gone ? [["all", `${say("all.short")} ${all.length}`] as const] : []),
        ]} />
        <span className="top-space" />
        <a className="button" href={link(state, "strategies")}><Icon name="rocket" size={16} />{say("deploy")}</a>
        <button type="button" className="button is-danger-line" onClick={() => setEmergency(true)} data-testid="emergency-stop"><Icon name="stop" size={16} />{say("stop.title")}</button>
      </div>
      {shown.length ? (
        <div className="grid-cards">{shown.map((one) => <DeploymentCard key={one.id} row={one} isMarked={query["id"] === one.id} />)}</div>
      ) : <Empty icon="deployments" title={say("empty.deployments")} text={say(gone ? "empty.deployments.gone" : "empty.deployments.text", { count: gone })} action={<a className="button is-primary" href={link(state, "strategies")}>{say("deploy.choose")}</a>} />}
      {isEmergency && <StopDialog onClose={() => setEmergency(false)} />}
    </div>
  );
}

/** The server's word for a run that has ended. */
const NO_ENGINE = "no engine runs it";

function DeploymentCard({ row, isMarked }: { row: Deployment; isMarked: boolean }) {
  const say = useSay();
  const { state, can } = useRoom();
  const run = useRun();
  const past = usePast();
  const command = useCommand();
  const [asking, setAsking] = useState<"stop" | "resume" | null>(null);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isMarked) card.current?.scrollIntoView({ block: "center" });
  }, [isMarked]);
  const isDeployed = row.status === "active" || row.status === "paused";
  const mayAct = can("trade") && past.seq === null && (run?.is_running ?? false);
  return (
    <article ref={card} className={`deployment status-line-${row.status} ${isMarked ? "is-marked" : ""}`} data-testid="deployment" data-id={row.id} aria-labelledby={`d-${row.id}`}>
      <header>
        <div>
          <h2 id={`d-${row.id}`}><bdi>{row.id}</bdi></h2>
          <p className="quiet"><bdi>{row.strategy}</bdi> · {row.bars} · <bdi>{row.account}</bdi></p>
        </div>
        <div className="card-tags">
          {run && isDeployed && <ModeBadge badge={run.badge} mode={run.mode} isDeployed={row.status === "active"} short />}
          <StatusTag status={row.status} />
        </div>
      </header>
      {row.reason && <p className={`reason status-${row.status}`} data-testid="reason" dir="auto">{row.reason === NO_ENGINE ? say("card.ended") : row.reason}</p>}
      <dl className="eight">
        <One label={say("card.pnl")} id="pnl"><Result value={row.pnl} part={row.pnl_share} currency={row.currency} /></One>
        <One label={say("card.day_pnl")} id="day-pnl"><Result value={row.day_pnl} part={row.day_pnl_share} currency={row.currency} /></One>
        <One label={say("card.uptime")} id="uptime">{isDeployed || row.status === "error" ? <Since ts={row.started_ts} /> : "–"}</One>
        <One label={say("card.status")} id="card-status">{word(say, "status", row.status)}</One>
        <One label={say("card.trades")} id="trades"><span className="num">{figure(row.trades, { digits: 0 })}</span></One>
        <One label={say("card.win_rate")} id="win-rate"><span className="num">{share(row.win_rate, { digits: 1 })} {row.trades > 0 && <small className="quiet">{say("card.wins", { wins: row.wins, trades: row.trades })}</small>}</span></One>
        <One label={say("card.open")} id="open-positions"><span className="num">{row.open_positions}</span></One>
        <One label={say("card.drawdown")} id="drawdown"><span className="num">{share(row.drawdown === null ? null : -row.drawdown)}</span></One>
      </dl>
      <p className="quiet card-foot">
        {row.instruments.map((symbol) => <a key={symbol} className="chip" href={link(state, "chart", { symbol, deployment: row.id })}><bdi>{symbol}</bdi></a>)}
        <span className="top-space" /><span className="num">{money(row.capital, row.currency)}</span>
      </p>
      <footer>
        <a className="button is-small" href={link(state, "decisions", { deployment: row.id })}><Icon name="decisions" size={14} />{say("why")}</a>
        <a className="button is-small" href={link(state, "history", { deployment: row.id })}><Icon name="history" size={14} />{say("page.history")}</a>
        <span className="buttons acts">
        {row.status === "active" && <button type="button" className="button is-small" disabled={!mayAct} data-testid="pause" onClick={() => void command({ kind: "pause", scope: `deployment:${row.id}`, reason: "operator" })}><Icon name="pause" size={14} />{say("pause")}</button>}
        {(row.status === "paused" || row.status === "error") && <button type="button" className="button is-small" disabled={!mayAct} data-testid="resume" onClick={() => setAsking("resume")}><Icon name="play" size={14} />{say("resume")}</button>}
        {row.status !== "stopped" && <button type="button" className="button is-small is-danger-line" disabled={!mayAct} data-testid="stop-one" onClick={() => setAsking("stop")}><Icon name="stop" size={14} />{say("stop.one")}</button>}
        </span>
      </footer>
      {asking === "stop" && <StopOne row={row} onClose={() => setAsking(null)} />}
      {asking === "resume" && <Resume row={row} onClose={() => setAsking(null)} />}
    </article>
  );
}

function One({ label, id, children }: { label: string; id: string; children: ReactNode }) {
  return <div data-testid={`card-${id}`}><dt>{label}</dt><dd>{children}</dd></div>;
}

/** Ends one deployment: it closes what it holds first. */
function StopOne({ row, onClose }: { row: Deployment; onClose: () => void }) {
  const say = useSay();
  const ask = useAsk();
  const { state } = useRoom();
  const positions = [...useTable("positions").values()].filter((one) => one.deployment === row.id);
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    if (await ask(`/api/trading/stop/${encodeURIComponent(`${state}:${row.id}`)}`, {})) onClose();
    else setBusy(false);
  };
  return (
    <Dialog title={say("stop.one.title", { id: row.id })} onClose={onClose} id="stop-one-dialog" className="is-stop">
      <ul className="will">
        <li><Icon name="check" size={14} />{say("stop.one.entries")}</li>
        <li><Icon name="check" size={14} />{positions.length ? say("stop.one.close", { positions: positions.length, worth: money(sum(positions.map((one) => one.value?.replace("-", ""))), row.currency) }) : say("stop.one.flat")}</li>
        <li><Icon name="check" size={14} />{say("stop.one.others")}</li>
      </ul>
      <div className="dialog-foot">
        <button type="button" className="button" onClick={onClose} data-testid="stop-one-cancel">{say("cancel")}</button>
        <button type="button" className="button is-danger" disabled={isBusy} onClick={() => void send()} data-testid="stop-one-confirm"><Icon name="stop" size={16} />{say("stop.one.do")}</button>
      </div>
    </Dialog>
  );
}

function Resume({ row, onClose }: { row: Deployment; onClose: () => void }) {
  const say = useSay();
  const command = useCommand();
  const [reason, setReason] = useState("");
  return (
    <Dialog title={say("resume.title", { id: row.id })} onClose={onClose} id="resume-dialog">
      <form className="form" onSubmit={(event) => {
        event.preventDefault();
        void command({ kind: "resume", scope: `deployment:${row.id}`, reason: reason.trim() }).then((ok) => { if (ok) onClose(); });
      }}>
        {row.reason && <p className={`reason status-${row.status}`} dir="auto">{row.reason}</p>}
        <Field label={say("resume.reason")} value={reason} onChange={setReason} autoFocus hint={say("resume.reason.hint")} id="resume-reason" />
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>{say("cancel")}</button>
          <button type="submit" className="button is-primary" disabled={!reason.trim()} data-testid="resume-confirm">{say("resume")}</button>
        </div>
      </form>
    </Dialog>
  );
}

