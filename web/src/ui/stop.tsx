/** STOP: says what it will do, asks once, and shows how far it is until the venue says flat. */

import { type ReactNode, useEffect, useRef, useState } from "react";
import { ApiError, command } from "../api/client";
import type { Kill, Order, Position } from "../api/types";
import { money, sum } from "../format/number";
import { ms, span } from "../format/time";
import { type Name, units, useSay, word } from "../i18n";
import { isEnded } from "../store/store";
import { useRun, useTable } from "../store/use";
import { Dialog, ModeBadge } from "./bits";
import { useMoney } from "./money";
import { useNow, When } from "./clock";
import { useRoom } from "./context";
import { Field, Select } from "./form";
import { Icon } from "./icons";

type Tier = 1 | 2 | 3;
const TIERS: Tier[] = [3, 2, 1];
/** How long a button is held where real money is closed. */
const HOLD_MS = 1500;

interface Reach {
  deployments: number;
  orders: Order[];
  positions: Position[];
}

function useReach(scope: string): Reach {
  const deployments = useTable("deployments");
  const orders = useTable("orders");
  const positions = useTable("positions");
  const [kind, name = ""] = scope.split(/:(.*)/s);
  const isIn = (row: { account: string; deployment?: string; id?: string; symbol?: string }) =>
    kind === "all" || (kind === "account" && row.account === name) || (kind === "deployment" && (row.deployment ?? row.id) === name) ||
    (kind === "instrument" && row.symbol === name);
  return {
    deployments: [...deployments.values()].filter((one) => (kind === "instrument" ? one.instruments.includes(name) : isIn(one))).filter((one) => one.status === "active" || one.status === "paused").length,
    orders: [...orders.values()].filter((one) => !isEnded(one) && isIn(one)),
    positions: [...positions.values()].filter(isIn),
  };
}

export function StopDialog({ onClose, scope: given }: { onClose: () => void; scope?: string }) {
  const say = useSay();
  const run = useRun();
  const { state, can } = useRoom();
  const kills = useTable("kills");
  const accounts = useTable("accounts");
  const deployments = useTable("deployments");
  const [scope, setScope] = useState(given ?? "all");
  const [tier, setTier] = useState<Tier>(3);
  const [reason, setReason] = useState("");
  const [phase, setPhase] = useState<"ask" | "sending" | "sent">(() => (kills.has(given ?? "all") ? "sent" : "ask"));
  const [how, setHow] = useState("");
  const [problem, setProblem] = useState("");
  const reach = useReach(scope);
  const { mark } = useMoney();
  const isLive = run?.badge === "live";

  const send = async () => {
    setPhase("sending");
    setProblem("");
    try {
      const answer = await command({ state: state ?? "", kind: "kill", scope, tier, close: tier === 3, reason: reason.trim() || "operator" });
      if (!answer.ok && answer.how !== "waiting") throw new ApiError(409, "", answer.text);
      setHow(answer.how === "waiting" ? answer.text || say("command.waiting") : "");
      setPhase("sent");
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : say("stop.unsent"));
      setPhase("ask");
    }
  };

  if (phase === "sent") {
    return (
      <Dialog title={say("stop.progress")} onClose={onClose} id="stop-dialog" className="is-stop">
        <Progress scope={scope} reach={reach} note={how} />
        <div className="dialog-foot">
          <button type="button" className="button" onClick={() => setPhase("ask")}>{say("stop.again")}</button>
          <button type="button" className="button is-primary" onClick={onClose}>{say("close")}</button>
        </div>
      </Dialog>
    );
  }
  const scopes: [string, string][] = [
    ["all", say("scope.all")],
    ...[...accounts.keys()].map((name): [string, string] => [`account:${name}`, `${say("scope.account")} ${name}`]),
    ...[...deployments.keys()].map((id): [string, string] => [`deployment:${id}`, `${say("scope.deployment")} ${id}`]),
  ];
  return (
    <Dialog title={<><Icon name="stop" /> {say("stop.title")}</>} onClose={onClose} id="stop-dialog" className="is-stop">
      <p className="stop-note" role="note">{say("stop.critical")}</p>
      {run && <ModeBadge badge={run.badge} mode={run.mode} isDeployed={false} mark={mark} />}
      {scopes.length > 2 && <Select label={say("stop.scope")} value={scope} options={scopes} onChange={setScope} id="stop-scope" />}
      <fieldset className="tiers">
        <legend className="unseen">{say("stop.what")}</legend>
        {TIERS.map((one) => (
          <label key={one} className={one === tier ? "is-chosen" : ""}>
            <input type="radio" name="tier" checked={one === tier} onChange={() => setTier(one)} data-testid={`tier-${one}`} />
            <span><strong>{say(`tier.${one}` as Name)}</strong><small>{say(`tier.${one}.text` as Name)}</small></span>
          </label>
        ))}
      </fieldset>
      <Will reach={reach} tier={tier} />
      <Field label={say("stop.reason")} value={reason} onChange={setReason} placeholder={say("stop.reason.hint")} id="stop-reason" />
      {!can("trade") && <p className="problem" role="alert">{say("stop.forbidden")}</p>}
      {problem && <p className="problem" role="alert" data-testid="stop-problem">{problem}</p>}
      <div className="dialog-foot">
        <button type="button" className="button" onClick={onClose} data-testid="stop-cancel">{say("cancel")}</button>
        <Hold needed={isLive && tier === 3 ? HOLD_MS : 0} disabled={phase === "sending"} onDone={() => void send()}>
          {say(phase === "sending" ? "stop.sending" : (`tier.${tier}.do` as Name))}
        </Hold>
      </div>
      {isLive && tier === 3 && <p className="quiet hold-hint">{say("stop.hold")}</p>}
    </Dialog>
  );
}

/** What the chosen stop would do now, in counts and money. */
function Will({ reach, tier }: { reach: Reach; tier: Tier }) {
  const say = useSay();
  const currencies = [...new Set(reach.positions.map((one) => one.currency))];
  const worth = currencies.map((code) => money(sum(reach.positions.filter((one) => one.currency === code).map((one) => one.value?.replace("-", ""))), code)).join(" + ");
  const entries = reach.orders.filter((one) => !one.is_exit).length;
  const exits = reach.orders.length - entries;
  return (
    <ul className="will" data-testid="stop-will">
      <li><Icon name="check" size={14} />{say("will.entries", { deployments: reach.deployments })}</li>
      <li><Icon name="check" size={14} />{tier === 1 ? say("will.orders.entries", { entries, exits }) : say("will.orders.all", { orders: reach.orders.length })}</li>
      <li><Icon name={tier === 2 ? "warning" : "check"} size={14} />
        {tier === 3 ? say("will.close", { positions: reach.positions.length, worth: worth || "0" })
          : tier === 2 ? say("will.exposed", { positions: reach.positions.length, worth: worth || "0" })
            : say("will.keep", { positions: reach.positions.length })}
      </li>
      <li><Icon name="lock" size={14} />{say("will.after")}</li>
    </ul>
  );
}

/** A button that acts at once, or after it was held; the keyboard holds as well as the pointer. */
function Hold({ needed, disabled, onDone, children }: { needed: number; disabled: boolean; onDone: () => void; children: ReactNode }) {
  const [isHeld, setHeld] = useState(false);
  const timer = useRef<number | undefined>(undefined);
  const begin = () => {
    if (!needed || disabled || timer.current !== undefined) return;
    setHeld(true);
    timer.current = window.setTimeout(() => {
      end();
      onDone();
    }, needed);
  };
  const end = () => {
    window.clearTimeout(timer.current);
    timer.current = undefined;
    setHeld(false);
  };
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const isKey = (key: string) => key === " " || key === "Enter";
  return (
    <button type="button" className={`button is-danger ${isHeld ? "is-held" : ""}`} disabled={disabled} data-testid="stop-confirm" data-hold={needed || undefined}
      onClick={() => { if (!needed) onDone(); }}
      onPointerDown={begin} onPointerUp={end} onPointerLeave={end} onBlur={end}
      onKeyDown={(event) => { if (needed && isKey(event.key)) { event.preventDefault(); begin(); } }}
      onKeyUp={(event) => { if (needed && isKey(event.key)) end(); }}>
      {needed > 0 && <i className="hold-fill" aria-hidden="true" />}
      <Icon name="stop" size={16} /><span>{children}</span>
    </button>
  );
}

const STAGES = ["cancelling", "flattening", "confirming", "done"];

/** How far the kill of a scope is; flat is what the venue confirmed, not what was asked for. */
function Progress({ scope, reach, note }: { scope: string; reach: Reach; note: string }) {
  const say = useSay();
  const kill = useTable("kills").get(scope);
  const now = useNow();
  const [began] = useState(() => Date.now());
  const at = kill ? STAGES.indexOf(kill.stage) : -1;
  const isDone = kill?.stage === "done";
  const isFlat = isDone && kill.left.length === 0;
  const closes = (kill?.tier ?? 3) >= 3;
  const mark = (from: number) => (at > from || isDone ? "is-done" : at === from ? "is-now" : "");
  const steps: [string, string, string][] = [
    [kill ? "is-done" : "is-now", say("step.gate"), kill ? say("step.gate.done") : say("step.gate.wait")],
    [mark(0), say("step.cancel"), say("step.cancel.left", { orders: reach.orders.length })],
  ];
  if (closes) steps.push([mark(1), say("step.close"), say("step.close.left", { positions: reach.positions.length })]);
  steps.push([isFlat ? "is-done" : isDone ? "is-bad" : at === 2 ? "is-now" : "", say(closes ? "step.flat" : "step.confirmed"), isDone ? say(isFlat ? (closes ? "step.flat.yes" : "step.confirmed.yes") : "step.flat.no") : ""]);
  const end = useRef<number | null>(null);
  if (isDone && end.current === null) end.current = now;
  return (
    <div className="progress" data-testid="stop-progress" data-stage={kill?.stage ?? "waiting"} data-flat={isFlat} role="status" aria-live="polite">
      <ol>
        {steps.map(([state, title, text]) => (
          <li key={title} className={state}><span className="step-dot" aria-hidden="true">{state === "is-done" && <Icon name="check" size={12} />}{state === "is-bad" && <Icon name="warning" size={12} />}</span>
            <strong>{title}</strong><span className="quiet">{text}</span></li>
        ))}
      </ol>
      {note && !kill && <p className="quiet" dir="auto">{note}</p>}
      {kill && kill.left.length > 0 && (
        <div className="left"><strong>{say("stop.left")}</strong><ul>{kill.left.map((one) => <li key={one} dir="auto">{one}</li>)}</ul></div>
      )}
      {kill && <Facts kill={kill} />}
      {!isDone && <p className="num quiet" aria-live="off">{span(now - began, units(say))}</p>}
      {isDone && <p className="quiet">{say("will.after")}</p>}
    </div>
  );
}

function Facts({ kill }: { kill: Kill }) {
  const say = useSay();
  return (
    <p className="quiet">
      {say("kill.facts", { tier: say(`tier.${kill.tier}` as Name), actor: kill.actor })} · <When ts={kill.ts} /> · <span dir="auto">{kill.reason}</span>
    </p>
  );
}

/** A bar on every page while a stop is in force. */
export function StopLine({ onOpen }: { onOpen: () => void }) {
  const say = useSay();
  const kills = useTable("kills");
  const latest = [...kills.values()].sort((a, b) => (ms(b.ts) ?? 0) - (ms(a.ts) ?? 0))[0];
  if (!latest) return null;
  const isDone = latest.stage === "done";
  return (
    <div className="notice is-stop" role="alert" data-testid="stop-line">
      <Icon name="stop" size={16} />
      <span>
        {say("stop.inforce", { scope: latest.scope === "all" ? say("scope.all") : latest.scope })}{" "}
        {isDone ? say(latest.left.length ? "stop.inforce.left" : "stop.inforce.done", { left: latest.left.length }) : `${word(say, "stage", latest.stage)} …`}
        {kills.size > 1 && ` (+${kills.size - 1})`}
      </span>
      <button type="button" className="button is-small" onClick={onOpen} data-testid="stop-line-open">{say("stop.look")}</button>
    </div>
  );
}


