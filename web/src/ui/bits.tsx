/** Small pieces that every page uses. */

import { type ReactNode, useEffect, useId, useRef } from "react";
import { figure, type Input, money, share, signOf } from "../format/number";
import { type Name, type Say, useSay, word } from "../i18n";
import { link } from "../route";
import type { Badge as BadgeName, Status } from "../api/types";
import { Icon, type IconName } from "./icons";
import { useRoom } from "./context";
import type { Mark } from "./money";

/** A gain or loss: sign, arrow and colour say the same. */
export function Delta({ value, text, digits = 2 }: { value: Input; text: string; digits?: number }) {
  const sign = signOf(value, digits);
  const tone = sign > 0 ? "gain" : sign < 0 ? "loss" : "flat";
  return (
    <span className={`num delta ${tone}`}>
      {sign !== 0 && <span className={`arrow ${sign > 0 ? "is-up" : "is-down"}`} aria-hidden="true" />}
      {text}
    </span>
  );
}

/** A symbol that leads to its chart, with what its deployment did there. */
export function SymbolLink({ of: { symbol, deployment }, children }: { of: { symbol: string; deployment: string }; children?: ReactNode }) {
  return <a className="symbol" href={link(useRoom().state, "chart", { symbol, deployment })}><bdi>{symbol}</bdi>{children}</a>;
}

/** A result in money with its share beside. */
export function Result({ value, part, currency, stacked = false }: { value: Input; part?: number | null | undefined; currency: string; stacked?: boolean }) {
  return (
    <span className={stacked ? "result is-stacked" : "result"}>
      <Delta value={value} text={money(value, currency, { signed: true })} />
      {part !== undefined && <span className={`num part ${tone(value)}`}>{share(part, { signed: true })}</span>}
    </span>
  );
}

const tone = (value: Input) => (signOf(value) > 0 ? "gain" : signOf(value) < 0 ? "loss" : "flat");

const COLOURS: Record<BadgeName, "blue" | "red" | "grey"> = {
  paper: "blue", sim: "blue", live: "red", replay: "grey", demo: "grey", backtest: "grey", dry_run: "grey", simulation: "grey",
};
export const colourOf = (badge: BadgeName) => COLOURS[badge] ?? "grey";

/** The mode: PAPER blue, LIVE red, all others grey; it pulses while something is deployed. */
export function ModeBadge({ badge, mode, isDeployed, short = false, mark = null }: { badge: BadgeName; mode: string; isDeployed: boolean; short?: boolean; mark?: Mark }) {
  const say = useSay();
  const kind = mark ? `badge.${mark}` : badge === "sim" || (badge === "paper" && mode !== "paper") ? "badge.simulated" : badge === "paper" ? "badge.broker" : null;
  return (
    <span className={`badge badge-${colourOf(badge)} ${isDeployed ? "is-deployed" : ""}`} data-testid="mode-badge" data-badge={badge} data-deployed={isDeployed} data-mark={mark ?? ""}>
      <span className="badge-dot" aria-hidden="true" />
      {say(`badge.${badge}${short ? "" : ".long"}` as Name)}
      {kind && (!short || (mark && badge === "live")) && <small>{say(kind as Name)}</small>}
    </span>
  );
}

const STATUS_ICON: Record<Status, IconName> = { active: "play", paused: "pause", stopped: "stop", error: "warning" };

export function StatusTag({ status }: { status: Status }) {
  const say = useSay();
  return (
    <span className={`tag status-${status}`} data-testid="status" data-status={status}>
      <Icon name={STATUS_ICON[status] ?? "info"} size={12} />
      {word(say, "status", status)}
    </span>
  );
}

export function SideTag({ side }: { side: string }) {
  const say = useSay();
  const isLong = side === "long" || side === "buy";
  return <span className={`side ${isLong ? "is-long" : "is-short"}`}>{word(say, "side", side)}</span>;
}

/** A panel with a head. */
export function Panel({ title, aside, children, className = "", id, flush = false }: {
  title?: ReactNode; aside?: ReactNode; children: ReactNode; className?: string; id?: string; flush?: boolean;
}) {
  return (
    <section className={`panel ${flush ? "is-flush" : ""} ${className}`} data-testid={id}>
      {(title || aside) && (
        <header className="panel-head">
          {title && <h2>{title}</h2>}
          {aside && <div className="panel-aside">{aside}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

type Named<Name> = Name extends `empty.${infer Rest}.text` ? Rest : never;

/** Nothing here yet: what will appear, and when; `of` names both in the catalogue. */
export function Empty({ icon, of, title, text, action }: { icon: IconName; of?: Named<Name>; title?: string; text?: string; action?: ReactNode }) {
  const say = useSay();
  return (
    <div className="empty" data-testid="empty">
      <span className="empty-icon"><Icon name={icon} size={22} /></span>
      <strong>{title ?? say(`empty.${of}` as Name)}</strong>
      <p>{text ?? say(`empty.${of}.text` as Name)}</p>
      {action}
    </div>
  );
}

/** All is well here: a line is enough for it. */
export function Calm({ title, text }: { title: string; text: string }) {
  return <div className="calm" data-testid="empty"><Icon name="check" /><div><strong>{title}</strong><p>{text}</p></div></div>;
}

/** Use of a limit: bar, words and numbers. */
export function Gauge({ label, hint, share: part, used, limit, state, code }: {
  label: string; hint?: string; share: number | null; used: string; limit: string; state: "ok" | "near" | "hit" | "off"; code?: string;
}) {
  const say = useSay();
  const id = useId();
  const width = Math.max(0, Math.min(1, part ?? 0));
  return (
    <div className={`gauge gauge-${state}`} data-testid="gauge" data-state={state}>
      <div className="gauge-head">
        <span id={id} title={hint}>{code && <b className="code">{code}</b>}{label}</span>
        <span className="gauge-state">{state === "ok" ? (part === null ? "" : share(part, { digits: 0 })) : say(`limit.${state}` as Name)}</span>
      </div>
      <div className="gauge-bar" role="meter" aria-labelledby={id} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(width * 100)}
        aria-valuetext={`${used} / ${limit}`}>
        <i style={{ inlineSize: `${width * 100}%` }} />
      </div>
      <div className="gauge-foot num"><span>{used}</span><span>{limit}</span></div>
    </div>
  );
}

/** A dialog of the browser: it keeps the focus, and Escape closes it. */
export function Dialog({ title, onClose, children, className = "", id }: {
  title: ReactNode; onClose: () => void; children: ReactNode; className?: string; id?: string;
}) {
  const say = useSay();
  const box = useRef<HTMLDialogElement>(null);
  const label = useId();
  useEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={box} className={`dialog ${className}`} aria-labelledby={label} data-testid={id}
      onCancel={(event) => { event.preventDefault(); onClose(); }}
      onMouseDown={(event) => { if (event.target === box.current) onClose(); }}>
      <div className="dialog-body">
        <header className="dialog-head">
          <h2 id={label}>{title}</h2>
          <button type="button" className="icon-button" onClick={onClose} aria-label={say("close")}><Icon name="close" /></button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** One of a few, as a row of buttons. */
export function Choice<Value extends string>({ label, value, options, onChange, id }: {
  label: string; value: Value; options: readonly (readonly [Value, string])[]; onChange: (value: Value) => void; id?: string;
}) {
  return (
    <div className="choice" role="radiogroup" aria-label={label} data-testid={id}
      onKeyDown={(event) => {
        const step = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 0;
        if (!step) return;
        event.preventDefault();
        const at = options.findIndex(([one]) => one === value);
        const next = options[(at + step + options.length) % options.length];
        if (!next) return;
        onChange(next[0]);
        (event.currentTarget.querySelector(`[data-value="${next[0]}"]`) as HTMLElement | null)?.focus();
      }}>
      {options.map(([one, text]) => (
        <button key={one} type="button" role="radio" aria-checked={one === value} tabIndex={one === value ? 0 : -1} data-value={one}
          onClick={() => onChange(one)}>{text}</button>
      ))}
    </div>
  );
}

export function Stat({ label, children, id, title }: { label: string; children: ReactNode; id?: string; title?: string }) {
  return (
    <div className="stat" data-testid={id} title={title}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const COUNTED = new Set(["positions", "entries", "orders", "times"]);

/** A number of a limit in its own unit. */
export function inUnit(value: number | null, unit: string | null, say: Say, currency = ""): string {
  if (value === null) return "–";
  if (unit === "share" || unit === "fraction" || unit === "%" || unit === "frac") return share(value);
  if (unit === "share or money") return Math.abs(value) < 100 ? share(value) : figure(value, { digits: 2 });
  if (unit === "money" || (unit !== null && /^[A-Z]{3,5}$/.test(unit))) return money(value, unit === "money" ? currency : unit);
  const text = figure(value, { digits: 2, trim: true });
  // One is counted in another form than many.
  return COUNTED.has(unit ?? "") ? say(`unit.${unit}${value === 1 ? ".one" : ""}` as Name, { n: text }) : text;
}
