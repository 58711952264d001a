/** What a person chooses for this browser, who is logged in, and what the run was told. */

import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { get, post } from "../api/client";
import { type Name, useSay } from "../i18n";
import { useSettings } from "../settings";
import { Choice, Panel } from "../ui/bits";
import { useZone } from "../ui/clock";
import { useRoom } from "../ui/context";
import { Field } from "../ui/form";
import { useTell, why } from "../ui/toasts";

export default function Options() {
  const say = useSay();
  return (
    <div className="page options" data-testid="settings">
      <div className="page-head"><h1>{say("page.settings")}</h1></div>
      <Look />
      <Who />
      <Told />
      <About />
    </div>
  );
}

function Row({ label, hint, children }: { label: string; hint?: ReactNode; children: ReactNode }) {
  return <div className="option"><div><strong>{label}</strong>{hint && <p className="quiet">{hint}</p>}</div>{children}</div>;
}

function Look() {
  const say = useSay();
  const { settings, change } = useSettings();
  const zone = useZone();
  const choose = <Field extends keyof typeof settings>(field: Field, values: readonly (typeof settings)[Field][]) => (
    <Choice label={say(`option.${field}` as Name)} value={settings[field] as string} id={`option-${field}`} onChange={(value) => change({ [field]: value } as Partial<typeof settings>)}
      options={values.map((one) => [one as string, say(`option.${field}.${one}` as Name)] as const)} />
  );
  return (
    <Panel title={say("option.look")}>
      <Row label={say("option.theme")}>{choose("theme", ["dark", "light", "system"])}</Row>
      <Row label={say("option.language")}>{choose("language", ["en", "ko"])}</Row>
      <Row label={say("option.zone")} hint={zone}>{choose("zone", ["utc", "exchange", "local"])}</Row>
      <Row label={say("option.palette")} hint={<><span className="delta gain"><span className="arrow is-up" /> +1.25%</span> <span className="delta loss"><span className="arrow is-down" /> −0.80%</span></>}>{choose("palette", ["green_red", "blue_orange"])}</Row>
      <Row label={say("option.motion")} hint={say("option.motion.hint")}>{choose("motion", ["system", "less"])}</Row>
    </Panel>
  );
}

function Who() {
  const say = useSay();
  const tell = useTell();
  const { session, onSession } = useRoom();
  const [offer, setOffer] = useState<{ secret: string; address: string } | null>(null);
  const [code, setCode] = useState("");
  const [kept, setKept] = useState<string[] | null>(null);
  const told = (error: unknown) => tell(why(error, say), "bad");
  const leave = async (path: string) => {
    try {
      await post(path, undefined);
      await onSession();
    } catch (error) {
      told(error);
    }
  };
  const begin = async () => {
    try {
      setOffer(await post("/api/second-factor/begin", undefined));
    } catch (error) {
      told(error);
    }
  };
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const answer = await post<{ recovery_codes: string[] }>("/api/second-factor/confirm", { secret: offer?.secret, code: code.trim() });
      setKept(answer.recovery_codes);
      setOffer(null);
      await onSession();
    } catch (error) {
      told(error);
    }
  };
  return (
    <Panel title={say("who")}>
      <Row label={session.user ?? "–"} hint={`${say("who.may")}: ${session.scopes.map((one) => say(`scope.${one}` as Name)).join(", ")}`}>
        <span className="buttons">
          <button type="button" className="button" onClick={() => void leave("/api/logout")} data-testid="logout">{say("who.leave")}</button>
          {session.scopes.includes("admin") && <button type="button" className="button" onClick={() => void leave("/api/logout-all")}>{say("who.leave.all")}</button>}
        </span>
      </Row>
      {session.scopes.includes("admin") && (
        <Row label={say("factor")} hint={say(session.has_second_factor ? "factor.on" : "factor.off")}>
          {!offer && <button type="button" className="button" onClick={() => void begin()} data-testid="factor-begin">{say(session.has_second_factor ? "factor.renew" : "factor.begin")}</button>}
        </Row>
      )}
      {offer && (
        <form className="form factor" onSubmit={(event) => void confirm(event)}>
          <p>{say("factor.text")}</p>
          <p><code className="secret" data-testid="factor-secret">{offer.secret.replace(/(.{4})/g, "$1 ")}</code></p>
          <p className="quiet wrap"><code>{offer.address}</code></p>
          <Field label={say("enter.totp")} value={code} onChange={setCode} inputMode="numeric" autoComplete="one-time-code" placeholder="123456" />
          <div className="buttons"><button type="submit" className="button is-primary" disabled={!/^\d{6}$/.test(code.trim())}>{say("factor.confirm")}</button><button type="button" className="button" onClick={() => setOffer(null)}>{say("cancel")}</button></div>
        </form>
      )}
      {kept && <div className="factor" role="status"><p>{say("factor.kept")}</p><ul className="codes">{kept.map((one) => <li key={one}><code>{one}</code></li>)}</ul></div>}
    </Panel>
  );
}

/** The configuration as it was recorded; the server masks what is secret. */
function Told() {
  const say = useSay();
  const { state } = useRoom();
  const [text, setText] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isOpen) return;
    const stop = new AbortController();
    get<Record<string, unknown>>("/api/config", { state }, stop.signal)
      .then((found) => setText(typeof found["text"] === "string" ? found["text"] : JSON.stringify(found["config"] ?? found, null, 2)))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setText(error instanceof Error ? error.message : String(error));
      });
    return () => stop.abort();
  }, [state, isOpen]);
  return (
    <Panel title={say("config")} aside={<button type="button" className="link-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{say(isOpen ? "config.hide" : "config.show")}</button>}>
      <p className="quiet">{say("config.text")}</p>
      {isOpen && text !== null && <pre className="config" tabIndex={0} dir="ltr">{text}</pre>}
    </Panel>
  );
}

function About() {
  const say = useSay();
  const { session } = useRoom();
  return (
    <Panel title={say("about")}>
      <p>openbell <span className="num">{session.version}</span> · {say("about.text")}</p>
      <p className="quiet">
        {say("about.charts")} TradingView Lightweight Charts™, Copyright (c) 2025 TradingView, Inc.{" "}
        <a className="is-inline" href="https://www.tradingview.com/" rel="noreferrer noopener" target="_blank">www.tradingview.com</a>; uPlot; React.
      </p>
    </Panel>
  );
}
