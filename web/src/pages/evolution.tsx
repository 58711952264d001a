/** Strategies that can be deployed, with their options as the schema tells them, and what is deployed of each. */

import { useEffect, useState } from "react";
import { get } from "../api/client";
import type { Deployment, Strategy } from "../api/types";
import { said, useSay } from "../i18n";
import { link } from "../route";
import { useRun, useTable } from "../store/use";
import { Empty, ModeBadge, Panel, Result, StatusTag } from "../ui/bits";
import { useRoom } from "../ui/context";
import { Icon } from "../ui/icons";
import { Deploy } from "./deploy";
import { options } from "./options-form";

export default function Strategies() {
  const say = useSay();
  const [found, setFound] = useState<Strategy[] | null>(null);
  const [problem, setProblem] = useState("");
  const [text, setText] = useState("");
  const [open, setOpen] = useState<Strategy | null>(null);
  const symbols = [...useTable("instruments").keys()].sort();
  const deployments = [...useTable("deployments").values()];
  useEffect(() => {
    const stop = new AbortController();
    get<Strategy[]>("/api/strategies", {}, stop.signal).then(setFound).catch((error: unknown) => {
      if (!stop.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
    });
    return () => stop.abort();
  }, []);
  const needle = text.trim().toLowerCase();
  const shown = (found ?? []).filter((one) => !needle || `${one.kind} ${one.text} ${said(one.text)}`.toLowerCase().includes(needle));
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
        <StrategyCard key={one.kind} strategy={one} deployments={used(one.kind)} onDeploy={() => setOpen(one)} />
      ))}</div> : found && <Panel><Empty icon="strategies" of="strategies" /></Panel>}
      {open && <Deploy strategy={open} symbols={symbols} onClose={() => setOpen(null)} />}
    </div>
  );
}

function StrategyCard({ strategy, deployments, onDeploy }: { strategy: Strategy; deployments: Deployment[]; onDeploy: () => void }) {
  const say = useSay();
  const run = useRun();
  const { state } = useRoom();
  const live = deployments.filter((one) => one.status === "active" || one.status === "paused");
  const count = options(strategy.schema).length;
  return (
    <article className="strategy" data-testid="strategy" data-kind={strategy.kind}>
      <header>
        <h2><bdi>{strategy.kind.replace(/_/g, " ")}</bdi></h2>
        <div className="card-tags">
          {live.length > 0 && <span className="badge badge-white is-deployed" data-testid="deployed-badge"><span className="badge-dot" aria-hidden="true" />{say("deployed")}</span>}
          {live.length > 0 && run && <ModeBadge badge={run.badge} mode={run.mode} isDeployed={live.some((one) => one.status === "active")} short />}
        </div>
      </header>
      <p dir="auto">{said(strategy.text)}</p>
      {deployments.length > 0 && <ul className="brief">{deployments.map((one) => (
        <li key={one.id}><a href={link(state, "deployments", { id: one.id })}><span className="brief-main"><bdi>{one.id}</bdi><small>{one.bars} · {one.instruments.join(", ")}</small></span><StatusTag status={one.status} /><Result value={one.pnl} part={one.pnl_share} currency={one.currency} stacked /></a></li>
      ))}</ul>}
      <footer><span className="quiet num">{say("strategy.options", { count })}</span><span className="top-space" />
        <button type="button" className="button is-small is-primary" onClick={onDeploy} data-testid="deploy"><Icon name="rocket" size={14} />{say("deploy")}</button></footer>
    </article>
  );
}
