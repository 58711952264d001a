/** The deploy modal: choose, look at the plan, confirm. Nothing is started before the plan has been shown. */

import { type FormEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { ApiError, post } from "../api/client";
import type { Begun, Planned, Risk, Strategy } from "../api/types";
import { type Name, said, useSay, word } from "../i18n";
import { go, link } from "../route";
import { Choice, Dialog, ModeBadge } from "../ui/bits";
import { useRoom } from "../ui/context";
import { Field, Select } from "../ui/form";
import { Icon } from "../ui/icons";
import { useTell } from "../ui/toasts";
import { Trial } from "./backtest";
import { Option, type OptionField, options, problemOf } from "./options-form";

export interface Wish {
  mode: "sim" | "paper" | "live";
  name: string;
  symbols: string;
  timeframe: "1m" | "5m" | "15m" | "1h";
  capital: string;
  instrument: "stock" | "crypto" | "fx" | "future";
  size: string;
  loss: string;
  fall: string;
  most: string;
  stop: string;
  target: string;
  hasStop: boolean;
  hasTarget: boolean;
  broker: string;
  keys: string;
  market: "synthetic" | "recorded";
  speed: string;
}

export const FIRST: Wish = {
  mode: "sim", name: "", symbols: "", timeframe: "1m", capital: "100000 USD", instrument: "stock", size: "2", loss: "1", fall: "5", most: "3", stop: "2", target: "5",
  hasStop: true, hasTarget: true, broker: "alpaca", keys: "", market: "synthetic", speed: "60",
};

const percent = (text: string) => Number(text) / 100;
/** 2 percent as the fraction 0.02, without the dust of division. */
const fraction = (text: string) => Number(percent(text).toPrecision(12));

/** Names of fields that cannot be sent as they are; the server asks the same again. */
export function wrong(wish: Wish): Set<keyof Wish> {
  const found = new Set<keyof Wish>();
  const share = (name: "size" | "loss" | "fall" | "stop" | "target") => {
    const value = percent(wish[name]);
    if (wish[name].trim() === "" || !(value > 0 && value <= 1)) found.add(name);
  };
  share("size");
  share("loss");
  share("fall");
  if (wish.hasStop) share("stop");
  if (wish.hasTarget) share("target");
  const most = Number(wish.most);
  if (!Number.isInteger(most) || most < 1 || most > 100) found.add("most");
  if (!/^[1-9]\d{0,11} [A-Z]{3,5}$/.test(wish.capital.trim())) found.add("capital");
  if (!symbolsOf(wish.symbols).length) found.add("symbols");
  if (wish.name && !/^[A-Za-z0-9][\w-]{0,39}$/.test(wish.name)) found.add("name");
  const speed = Number(wish.speed);
  if (wish.mode === "sim" && (!Number.isInteger(speed) || speed < 1 || speed > 86400)) found.add("speed");
  return found;
}

export const symbolsOf = (text: string) => [...new Set(text.split(/[\s,]+/).filter(Boolean))];

/** What is sent: fractions as fractions, and nothing that the mode does not need. */
export function request(kind: string, wish: Wish, fields: readonly OptionField[], chosen: Readonly<Record<string, string>>): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  for (const field of fields) {
    const value = chosen[field.name];
    if (value === undefined || value === "" || value === field.standard) continue;
    own[field.name] = field.type === "number" || field.type === "integer" ? Number(value) : field.type === "boolean" ? value === "true" : value;
  }
  const account = Object.fromEntries(wish.keys.split(/[\n,]+/).map((one) => one.split(":")).filter((one) => one.length > 1).map(([name = "", ...rest]) => [name.trim(), rest.join(":").trim()]));
  return {
    strategy: { kind, options: own }, symbols: symbolsOf(wish.symbols), mode: wish.mode, timeframe: wish.timeframe, ...(wish.name ? { name: wish.name } : {}),
    capital: wish.capital.trim(), instrument: wish.instrument,
    risk: {
      position_size: fraction(wish.size), daily_loss: fraction(wish.loss), drawdown: fraction(wish.fall), max_positions: Number(wish.most),
      stop_loss: wish.hasStop ? fraction(wish.stop) : null, take_profit: wish.hasTarget ? fraction(wish.target) : null,
    },
    ...(wish.mode === "sim" ? { market: { kind: wish.market, speed: Number(wish.speed) } } : { account: { broker: wish.broker, options: account } }),
  };
}

const FIELD: Record<string, keyof Wish> = {
  symbols: "symbols", timeframe: "timeframe", capital: "capital", name: "name", mode: "mode", "risk.position_size": "size", "risk.daily_loss": "loss", "risk.drawdown": "fall",
  "risk.max_positions": "most", "risk.stop_loss": "stop", "risk.take_profit": "target", "account.options": "keys", "account.broker": "broker", instrument: "instrument", market: "market", "market.speed": "speed",
};
const BADGE = { sim: "sim", paper: "paper", live: "live" } as const;

export function Deploy({ strategy, symbols, onClose }: { strategy: Strategy; symbols: readonly string[]; onClose: () => void }) {
  const say = useSay();
  const tell = useTell();
  const { can } = useRoom();
  const fields = useMemo(() => options(strategy.schema), [strategy.schema]);
  const [wish, setWish] = useState<Wish>({ ...FIRST, symbols: symbols.slice(0, 2).join(", ") });
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const [plan, setPlan] = useState<Planned | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [isAccepted, setAccepted] = useState(false);
  const [digits, setDigits] = useState("");
  const [problem, setProblem] = useState<{ text: string; field: keyof Wish | null }>({ text: "", field: null });
  const isSent = useRef(false);
  const bad = wrong(wish);
  const isUnfit = bad.size > 0 || fields.some((one) => problemOf(one, chosen[one.name]) !== null);
  const told = (error: unknown) => setProblem(error instanceof ApiError ? { text: error.message, field: FIELD[error.field ?? ""] ?? null } : { text: say("error.network"), field: null });

  const look = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem({ text: "", field: null });
    try {
      const found = await post<Planned>("/api/trading/plan", request(strategy.kind, wish, fields, chosen));
      const field = found.problems.find((one) => !one.is_warning && FIELD[one.field ?? ""]);
      setPlan(found);
      setAccepted(false);
      // It stands beside its field as well, for whoever goes back to change it.
      if (field) setProblem({ text: said(field.text).replace(/^\S+ \S+: | \[\w+\]$/g, ""), field: FIELD[field.field ?? ""] ?? null });
    } catch (error) {
      told(error);
    } finally {
      setBusy(false);
    }
  };
  const start = async () => {
    // A second click comes before React has drawn the first.
    if (isSent.current || !plan) return;
    isSent.current = true;
    setBusy(true);
    try {
      const begun = await post<Begun>("/api/trading/deploy", { ...request(strategy.kind, wish, fields, chosen), digest: plan.digest, accepts_risk: isAccepted, ...(wish.mode === "live" ? { digits: digits.trim() } : {}) });
      tell(say("deploy.begun", { id: begun.deployment }), "good");
      onClose();
      go(link(begun.state, "deployments", { id: begun.deployment }));
    } catch (error) {
      isSent.current = false;
      told(error);
      setBusy(false);
    }
  };
  const set = <Key extends keyof Wish>(name: Key) => (value: Wish[Key]) => {
    setWish((old) => ({ ...old, [name]: value }));
    // What was wrong with the old value is not known of the new one.
    if (problem.field === name) setProblem({ text: "", field: null });
  };
  const say_ = (name: keyof Wish) => (problem.field === name ? problem.text : bad.has(name) && wish[name] !== "" ? say(`deploy.${name}.wrong` as Name) : undefined);
  const title = <><Icon name="rocket" /> {say("deploy.title", { kind: strategy.kind.replace(/_/g, " ") })}</>;
  return (
    <Dialog title={title} onClose={onClose} id="deploy-dialog" className="is-wide">
      {plan ? (
        <Plan plan={plan} mode={wish.mode} isAccepted={isAccepted} onAccept={setAccepted}>
          {plan.is_valid && <Trial wish={request(strategy.kind, wish, fields, chosen)} />}
          {wish.mode === "live" && plan.is_valid && <Field label={say("deploy.digits")} value={digits} onChange={setDigits} hint={say("deploy.digits.hint")} autoComplete="off" id="deploy-digits" />}
          {problem.text && plan.is_valid && <p className="problem" role="alert" data-testid="deploy-problem">{problem.text}</p>}
          <div className="dialog-foot">
            <button type="button" className="button" disabled={isBusy} onClick={() => { setPlan(null); if (plan.is_valid) setProblem({ text: "", field: null }); }} data-testid="deploy-back">{say("deploy.back")}</button>
            <button type="button" className={`button ${wish.mode === "live" ? "is-danger" : "is-primary"}`} disabled={isBusy || !plan.is_valid || !isAccepted || !can("trade") || (wish.mode === "live" && !/^[0-9A-Za-z]{4}$/.test(digits.trim()))} onClick={() => void start()} data-testid="deploy-confirm">
              <Icon name="rocket" size={16} />{say(isBusy ? "deploy.sending" : "deploy.do")}
            </button>
          </div>
        </Plan>
      ) : (
        <form className="form" onSubmit={(event) => void look(event)} noValidate>
          <div className="deploy-mode">
            <Choice label={say("deploy.mode")} value={wish.mode} onChange={set("mode")} id="deploy-mode" options={(["sim", "paper", "live"] as const).map((one) => [one, say(`deploy.mode.${one}` as Name)] as const)} />
            <ModeBadge badge={BADGE[wish.mode]} mode={wish.mode} isDeployed={false} />
            <p className="quiet">{say(`deploy.mode.${wish.mode}.text` as Name)}</p>
          </div>
          <div className="deploy-form">
            <Field label={say("strategy.symbols")} value={wish.symbols} onChange={set("symbols")} placeholder="AAPL, MSFT" id="deploy-symbols" problem={say_("symbols")} autoFocus />
            <Select label={say("strategy.bars")} value={wish.timeframe} onChange={set("timeframe")} id="deploy-timeframe" options={(["1m", "5m", "15m", "1h"] as const).map((one) => [one, one] as const)} />
            <Field label={say("strategy.name")} value={wish.name} onChange={set("name")} placeholder={strategy.kind} id="deploy-name" problem={say_("name")} />
            <Field label={say("deploy.capital")} value={wish.capital} onChange={set("capital")} id="deploy-capital" problem={say_("capital")} />
            <Select label={say("deploy.instrument")} value={wish.instrument} onChange={set("instrument")} options={(["stock", "crypto", "fx", "future"] as const).map((one) => [one, say(`deploy.instrument.${one}` as Name)] as const)} />
            {wish.mode === "sim" ? (
              <>
                <Select label={say("deploy.market")} value={wish.market} onChange={set("market")} options={(["synthetic", "recorded"] as const).map((one) => [one, say(`deploy.market.${one}` as Name)] as const)} />
                <Field label={say("deploy.speed")} value={wish.speed} onChange={set("speed")} inputMode="numeric" id="deploy-speed" problem={say_("speed")} />
              </>
            ) : (
              <>
                <Select label={say("deploy.broker")} value={wish.broker} onChange={set("broker")} options={["alpaca", "binance", "plain"].map((one) => [one, one] as const)} />
                <Field label={say("deploy.keys")} value={wish.keys} onChange={set("keys")} placeholder="key: ${vault:NAME}, secret: ${vault:NAME}" hint={say("deploy.keys.hint")} problem={say_("keys")} />
              </>
            )}
          </div>
          <fieldset className="deploy-form">
            <legend>{say("deploy.risk")}</legend>
            {(["size", "loss", "fall"] as const).map((one) => <Field key={one} label={say(`deploy.${one}` as Name)} value={wish[one]} onChange={set(one)} inputMode="decimal" id={`deploy-${one}`} problem={say_(one)} />)}
            <Field label={say("deploy.most")} value={wish.most} onChange={set("most")} inputMode="numeric" id="deploy-most" problem={say_("most")} />
            <Exit label={say("strategy.stop_loss")} id="stop" isOn={wish.hasStop} onSwitch={set("hasStop")} value={wish.stop} onChange={set("stop")} problem={say_("stop")} />
            <Exit label={say("strategy.take_profit")} id="target" isOn={wish.hasTarget} onSwitch={set("hasTarget")} value={wish.target} onChange={set("target")} problem={say_("target")} />
          </fieldset>
          {fields.length > 0 && (
            <fieldset className="deploy-form">
              <legend>{say("strategy.own")}</legend>
              {fields.map((one) => <Option key={one.name} field={one} value={chosen[one.name]} onChange={(value) => setChosen({ ...chosen, [one.name]: value })} />)}
            </fieldset>
          )}
          {!can("trade") && <p className="problem" role="alert">{say("stop.forbidden")}</p>}
          {problem.text && !problem.field && <p className="problem" role="alert" data-testid="deploy-problem">{problem.text}</p>}
          <div className="dialog-foot">
            <button type="button" className="button" onClick={onClose} data-testid="deploy-cancel">{say("cancel")}</button>
            <button type="submit" className="button is-primary" disabled={isBusy || isUnfit} data-testid="deploy-plan">{say(isBusy ? "deploy.planning" : "deploy.plan")}</button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

/** A protective exit that can be switched off: off means that none is placed. */
function Exit({ label, id, isOn, onSwitch, value, onChange, problem }: {
  label: string; id: string; isOn: boolean; onSwitch: (isOn: boolean) => void; value: string; onChange: (value: string) => void; problem: string | undefined;
}) {
  const say = useSay();
  return (
    <div className="deploy-exit">
      <label><input type="checkbox" checked={isOn} onChange={(event) => onSwitch(event.target.checked)} data-testid={`deploy-has-${id}`} /> {label}</label>
      {isOn ? <Field label={label} value={value} onChange={onChange} inputMode="decimal" id={`deploy-${id}`} problem={problem} /> : <p className="quiet">{say("deploy.none")}</p>}
    </div>
  );
}

/** A plan is read from its beginning, wherever the form before it had been scrolled to. */
const toTop = (plan: Element | null) => plan?.closest("dialog")?.scrollTo(0, 0);

/** The plan in words, what is wrong or worth a second look, the risk, and the file that would be run. */
function Plan({ plan, mode, isAccepted, onAccept, children }: { plan: Planned; mode: Wish["mode"]; isAccepted: boolean; onAccept: (is: boolean) => void; children: ReactNode }) {
  const say = useSay();
  const errors = plan.problems.filter((one) => !one.is_warning);
  const warnings = plan.problems.filter((one) => one.is_warning);
  return (
    <div className="deploy-plan" ref={toTop} data-testid="deploy-planned" data-valid={plan.is_valid}>
      <ModeBadge badge={BADGE[mode]} mode={mode} isDeployed={false} />
      {errors.length > 0 && <ul className="deploy-troubles is-bad" role="alert" data-testid="deploy-errors">{errors.map((one) => <li key={one.text} dir="auto"><Icon name="warning" size={14} /><span>{said(one.text)}</span></li>)}</ul>}
      {plan.risk.map((one) => <Score key={one.account} score={one} />)}
      {plan.lines.length > 0 && <ol className="deploy-lines" data-testid="deploy-lines">{plan.lines.map((one, at) => <li key={`${at}/${one}`} dir="auto">{said(one.trim())}</li>)}</ol>}
      {warnings.length > 0 && <><h3>{say("deploy.warnings")}</h3><ul className="deploy-troubles" data-testid="deploy-warnings">{warnings.map((one) => <li key={one.text} dir="auto"><Icon name="warning" size={14} /><span>{said(one.text)}</span></li>)}</ul></>}
      <details><summary>{say("deploy.file")}</summary><pre className="config" tabIndex={0} dir="ltr">{plan.config}</pre></details>
      <div className={`deploy-risk ${mode === "live" ? "is-live" : ""}`} role="note" data-testid="deploy-risk">
        <Icon name="warning" /><p>{said(plan.warning) || say("deploy.risk.text")}</p>
      </div>
      {plan.is_valid && <label className="deploy-accept"><input type="checkbox" checked={isAccepted} onChange={(event) => onAccept(event.target.checked)} data-testid="deploy-accept" /> {say(mode === "live" ? "deploy.accept.live" : "deploy.accept")}</label>}
      {children}
    </div>
  );
}

/** How much risk is taken, and by what: each part with its points and the figures behind them. */
function Score({ score }: { score: Risk }) {
  const say = useSay();
  return (
    <section className={`deploy-score is-${score.level.replace(" ", "-")}`} data-testid="deploy-score" data-level={score.level}>
      <h3>{say("deploy.score")} <strong className="num">{say("deploy.score.of", { points: score.points, of: score.of })}</strong> <span className="tag">{word(say, "score", score.level)}</span></h3>
      <p className="quiet">{!score.is_bounded && <b>{say("deploy.score.unbounded")} </b>}{say("deploy.score.text")}</p>
      <ul>
        {score.parts.map((one) => (
          <li key={one.name} data-part={one.name}>
            <b>{word(say, "score", one.name)}</b><span className="num">{one.points} / {one.of}</span>
            <div className="gauge-bar"><i style={{ inlineSize: `${(100 * one.points) / one.of}%` }} /></div>
            <p dir="auto">{said(one.text)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
