/** Strategies that can be deployed, with their options as the schema tells them, and what is deployed of each. */

import { useEffect, useMemo, useState } from "react";
import { get } from "../api/client";
import type { Deployment, JsonSchema, Strategy } from "../api/types";
import { useSay } from "../i18n";
import { link } from "../route";
import { useRun, useTable } from "../store/use";
import { Empty, ModeBadge, Panel, Result, StatusTag } from "../ui/bits";
import { useRoom } from "../ui/context";
import { Field, Select } from "../ui/form";
import { Icon } from "../ui/icons";
import { useTell } from "../ui/toasts";

export default function Strategies() {
  const say = useSay();
  const [found, setFound] = useState<Strategy[] | null>(null);
  const [problem, setProblem] = useState("");
  const [text, setText] = useState("");
  const [open, setOpen] = useState<string | null>(null);
  const deployments = [...useTable("deployments").values()];
  useEffect(() => {
    const stop = new AbortController();
    get<Strategy[]>("/api/strategies", {}, stop.signal).then(setFound).catch((error: unknown) => {
      if (!stop.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
    });
    return () => stop.abort();
  }, []);
  const needle = text.trim().toLowerCase();
  const shown = (found ?? []).filter((one) => !needle || `${one.kind} ${one.text}`.toLowerCase().includes(needle));
  const used = (kind: string) => deployments.filter((one) => one.strategy === kind);
  return (
    <div className="page" data-testid="strategies">
      <div className="page-head">
        <h1>{say("page.strategies")}</h1>
        <span className="top-space" />
        <label className="search"><Icon name="search" size={14} /><input data-search type="search" value={text} placeholder={say("table.filter")} aria-label={say("table.filter")} onChange={(event) => setText(event.target.value)} /></label>
      </div>
      {problem && <p className="problem" role="alert">{problem}</p>}
      {shown.length ? <div className="grid-cards">{shown.map((one) => (
        <StrategyCard key={one.kind} strategy={one} deployments={used(one.kind)} isOpen={open === one.kind} onToggle={() => setOpen(open === one.kind ? null : one.kind)} />
      ))}</div> : found && <Panel><Empty icon="strategies" title={say("empty.strategies")} text={say("empty.strategies.text")} /></Panel>}
    </div>
  );
}

function StrategyCard({ strategy, deployments, isOpen, onToggle }: { strategy: Strategy; deployments: Deployment[]; isOpen: boolean; onToggle: () => void }) {
  const say = useSay();
  const tell = useTell();
  const run = useRun();
  const { state } = useRoom();
  const live = deployments.filter((one) => one.status === "active" || one.status === "paused");
  const fields = useMemo(() => options(strategy.schema), [strategy.schema]);
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const accounts = [...useTable("accounts").keys()];
  const [place, setPlace] = useState<Place>({ name: strategy.kind, symbols: "", bars: "5m", account: accounts[0] ?? "main", perPosition: "2", stopLoss: "2", takeProfit: "5" });
  const set = (name: keyof Place) => (value: string) => setPlace({ ...place, [name]: value });
  const yaml = toYaml(strategy.kind, place, fields, chosen);
  const problems = fields.map((one) => problemOf(one, chosen[one.name])).filter((one): one is Problem => one !== null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(yaml);
      tell(say("strategy.copied"), "good");
    } catch {
      tell(say("table.uncopied"), "bad");
    }
  };
  return (
    <article className={`strategy ${isOpen ? "is-open" : ""}`} data-testid="strategy" data-kind={strategy.kind}>
      <header>
        <h2><bdi>{strategy.kind.replace(/_/g, " ")}</bdi></h2>
        <div className="card-tags">
          {live.length > 0 && <span className="badge badge-white is-deployed" data-testid="deployed-badge"><span className="badge-dot" aria-hidden="true" />{say("deployed")}</span>}
          {live.length > 0 && run && <ModeBadge badge={run.badge} mode={run.mode} isDeployed={live.some((one) => one.status === "active")} short />}
        </div>
      </header>
      <p dir="auto">{strategy.text}</p>
      {deployments.length > 0 && <ul className="brief">{deployments.map((one) => (
        <li key={one.id}><a href={link(state, "deployments", { id: one.id })}><span className="brief-main"><bdi>{one.id}</bdi><small>{one.bars} · {one.instruments.join(", ")}</small></span><StatusTag status={one.status} /><Result value={one.pnl} part={one.pnl_share} currency={one.currency} stacked /></a></li>
      ))}</ul>}
      {isOpen && (
        <div className="strategy-form">
          <Field label={say("strategy.name")} value={place.name} onChange={set("name")} />
          <Field label={say("strategy.symbols")} value={place.symbols} onChange={set("symbols")} placeholder="AAPL, MSFT" id="strategy-symbols" />
          <Select label={say("strategy.bars")} value={place.bars} onChange={set("bars")} options={["1m", "5m", "15m", "1h"].map((one) => [one, one] as const)} />
          <Select label={say("account")} value={place.account} onChange={set("account")} options={(accounts.length ? accounts : ["main"]).map((one) => [one, one] as const)} />
          <Field label={say("strategy.per_position")} value={place.perPosition} onChange={set("perPosition")} inputMode="decimal" />
          <Field label={say("strategy.stop_loss")} value={place.stopLoss} onChange={set("stopLoss")} inputMode="decimal" hint={say("strategy.empty_off")} />
          <Field label={say("strategy.take_profit")} value={place.takeProfit} onChange={set("takeProfit")} inputMode="decimal" hint={say("strategy.empty_off")} />
          <h3>{say("strategy.own")}</h3>
          {fields.map((one) => <Option key={one.name} field={one} value={chosen[one.name]} onChange={(value) => setChosen({ ...chosen, [one.name]: value })} />)}
          <pre tabIndex={0} aria-label={say("strategy.yaml")}>{yaml}</pre>
          <p className="quiet">{say("strategy.how")} <code>openbell plan</code> · <code>openbell run</code></p>
          <button type="button" className="button is-small" disabled={problems.length > 0} onClick={() => void copy()}><Icon name="copy" size={14} />{say("strategy.copy")}</button>
        </div>
      )}
      <footer><span className="quiet num">{say("strategy.options", { count: fields.length })}</span><span className="top-space" />
        <button type="button" className="button is-small is-primary" aria-expanded={isOpen} onClick={onToggle} data-testid="configure"><Icon name="rocket" size={14} />{say(isOpen ? "close" : "strategy.configure")}</button></footer>
    </article>
  );
}

export interface OptionField {
  name: string;
  type: "number" | "integer" | "boolean" | "text" | "choice";
  schema: JsonSchema;
  standard: string;
}

interface Problem {
  name: string;
}

/** What a schema lets one choose, as fields of a form; what is nested stays in the file. */
export function options(schema: JsonSchema): OptionField[] {
  return Object.entries(schema.properties ?? {}).filter(([name]) => name !== "kind").map(([name, given]) => {
    const one = given.type ? given : { ...(given.anyOf?.find((part) => part.type && part.type !== "null") ?? {}), ...given };
    const type = Array.isArray(one.type) ? one.type[0] : one.type;
    return {
      name,
      schema: one,
      type: one.enum ? "choice" as const : type === "integer" ? "integer" as const : type === "number" ? "number" as const : type === "boolean" ? "boolean" as const : "text" as const,
      standard: one.default === undefined || one.default === null ? "" : typeof one.default === "object" ? JSON.stringify(one.default) : String(one.default),
    };
  });
}

/** Whether a value lies outside what the schema allows. */
export function problemOf(field: OptionField, value: string | undefined): Problem | null {
  if (value === undefined || value === "" || (field.type !== "number" && field.type !== "integer")) return null;
  const number = Number(value);
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = field.schema;
  const isWrong = !Number.isFinite(number) || (field.type === "integer" && !Number.isInteger(number)) || (minimum !== undefined && number < minimum) ||
    (maximum !== undefined && number > maximum) || (exclusiveMinimum !== undefined && number <= exclusiveMinimum) || (exclusiveMaximum !== undefined && number >= exclusiveMaximum);
  return isWrong ? { name: field.name } : null;
}

/** What a person chooses beside a strategy's own options. */
export interface Place {
  name: string;
  symbols: string;
  bars: string;
  account: string;
  perPosition: string;
  stopLoss: string;
  takeProfit: string;
}

/** The lines of a configuration that say the choice; options that are as by default are left out. */
export function toYaml(kind: string, place: Place, fields: OptionField[], chosen: Record<string, string>): string {
  const own = fields.filter((one) => chosen[one.name] && chosen[one.name] !== one.standard).map((one) => `, ${one.name}: ${scalar(chosen[one.name] ?? "", one)}`);
  const exits = [place.stopLoss && `stop_loss: ${place.stopLoss}%`, place.takeProfit && `take_profit: ${place.takeProfit}%`].filter(Boolean).join(", ");
  return [
    "deployments:", `  - name: ${place.name || kind}`, `    strategy: {kind: ${kind}${own.join("")}}`,
    `    instruments: [${place.symbols.split(/[\s,]+/).filter(Boolean).join(", ")}]`, `    bars: ${place.bars}`, `    account: ${place.account}`,
    ...(place.perPosition ? [`    budget: {per_position: ${place.perPosition}%}`] : []), ...(exits ? [`    exits: {${exits}}`] : []),
  ].join("\n");
}

const scalar = (value: string, field: OptionField) => (field.type === "text" && !/^[\w./-]+$/.test(value) ? JSON.stringify(value) : value);

function Option({ field, value, onChange }: { field: OptionField; value: string | undefined; onChange: (value: string) => void }) {
  const say = useSay();
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, description } = field.schema;
  const low = minimum ?? exclusiveMinimum;
  const high = maximum ?? exclusiveMaximum;
  const bounds = low !== undefined || high !== undefined ? `${low ?? "…"} – ${high ?? "…"}` : "";
  const isWrong = problemOf(field, value) !== null;
  return (
    <label className={`field ${isWrong ? "has-problem" : ""}`}>
      <span>{field.name.replace(/_/g, " ")}</span>
      {field.type === "choice" || field.type === "boolean" ? (
        <select value={value ?? field.standard} onChange={(event) => onChange(event.target.value)}>
          {(field.type === "boolean" ? ["true", "false"] : (field.schema.enum ?? []).map(String)).map((one) => <option key={one}>{one}</option>)}
        </select>
      ) : <input value={value ?? ""} placeholder={field.standard} inputMode={field.type === "text" ? "text" : "decimal"} aria-invalid={isWrong || undefined} dir="auto" onChange={(event) => onChange(event.target.value)} />}
      <small>{isWrong ? say("strategy.bounds", { bounds }) : [description, bounds].filter(Boolean).join(" · ")}</small>
    </label>
  );
}
