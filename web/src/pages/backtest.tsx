/** A deployment tried on history before it is begun: how far it is, what came out, and its tear sheet. */

import { useEffect, useState } from "react";
import { ApiError, get, post } from "../api/client";
import type { Backtest } from "../api/types";
import { approximate, figure, money, share } from "../format/number";
import { useSay } from "../i18n";
import { Result, Stat } from "../ui/bits";
import { Icon } from "../ui/icons";

const ASK_MS = 700;

export function Trial({ wish }: { wish: Record<string, unknown> }) {
  const say = useSay();
  const [row, setRow] = useState<Backtest | null>(null);
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const told = (error: unknown) => setProblem(error instanceof ApiError ? error.message : say("error.network"));
  const id = row?.status === "running" ? row.id : null;
  useEffect(() => {
    if (!id) return;
    const stop = new AbortController();
    const timer = window.setInterval(() => {
      get<Backtest>(`/api/backtests/${id}`, {}, stop.signal).then(setRow).catch((error: unknown) => {
        if (!stop.signal.aborted) told(error);
      });
    }, ASK_MS);
    return () => {
      stop.abort();
      window.clearInterval(timer);
    };
  }, [id]);
  const begin = async () => {
    setBusy(true);
    setProblem("");
    try {
      setRow(await post<Backtest>("/api/backtests", wish));
    } catch (error) {
      told(error);
    } finally {
      setBusy(false);
    }
  };
  const figures = row?.figures;
  const done = Math.round((row?.share ?? 0) * 100);
  return (
    <section className="trial" aria-label={say("trial")} data-testid="trial" data-status={row?.status ?? "none"}>
      <div className="trial-head">
        <button type="button" className="button is-small" disabled={isBusy || id !== null} onClick={() => void begin()} data-testid="trial-begin"><Icon name="history" size={14} />{say(row ? "trial.again" : "trial.begin")}</button>
        {id && <><progress max={100} value={done} aria-label={say("trial")} data-testid="trial-progress" /><span className="num quiet">{done}%</span></>}
        {row?.status === "done" && <a className="button is-small" href={`/api/backtests/${row.id}/report`} download data-testid="trial-report"><Icon name="save" size={14} />{say("trial.report")}</a>}
      </div>
      {(problem || row?.status === "failed") && <p className="problem" role="alert" dir="auto">{problem || row?.text}</p>}
      {figures && (
        <dl className="trial-figures" data-testid="trial-figures">
          <Stat label={say("trial.result")}><Result value={figures.realised} part={ratio(figures.equity_end, figures.equity_start)} currency={figures.currency} stacked /></Stat>
          <Stat label={say("card.drawdown")}><span className="num">{share(-approximate(figures.max_drawdown))}</span></Stat>
          <Stat label={say("card.trades")}><span className="num">{figure(figures.trades, { digits: 0 })}</span></Stat>
          <Stat label={say("card.win_rate")}><span className="num">{share(figures.win_rate === null ? null : approximate(figures.win_rate), { digits: 1 })}</span></Stat>
          <Stat label={say("column.fee")}><span className="num">{money(figures.fees, figures.currency)}</span></Stat>
          <Stat label={say("trial.bars")}><span className="num">{figure(figures.bars, { digits: 0 })}</span></Stat>
        </dl>
      )}
    </section>
  );
}

const ratio = (end: string, start: string) => (approximate(start) > 0 ? approximate(end) / approximate(start) - 1 : null);
