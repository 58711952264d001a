/** Before the room: first set-up, and coming back. */

import { type FormEvent, useState } from "react";
import { ApiError, post } from "../api/client";
import type { Session } from "../api/types";
import { useSay } from "../i18n";
import { Field } from "../ui/form";
import { Icon } from "../ui/icons";

const LEAST = 15;

export function Enter({ session, onEntered }: { session: Session; onEntered: () => Promise<void> }) {
  const say = useSay();
  const isSetup = session.stage === "setup";
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [totp, setTotp] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isShort = isSetup && password.length > 0 && password.length < LEAST;
  const differs = isSetup && again.length > 0 && again !== password;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      if (isSetup) await post("/api/setup", { code: code.trim(), password });
      else await post("/api/login", { password, totp: totp.trim() || null });
      await onEntered();
    } catch (error) {
      const wait = error instanceof ApiError && error.retryAfter_s ? ` ${say("enter.wait", { seconds: error.retryAfter_s })}` : "";
      setProblem((error instanceof ApiError ? error.message : say("error.network")) + wait);
    } finally {
      setBusy(false);
    }
  };

  const isReady = isSetup ? code.trim() && password.length >= LEAST && again === password : password;
  return (
    <main className="enter" data-testid={isSetup ? "setup" : "login"}>
      <form className="enter-card form" onSubmit={(event) => void submit(event)}>
        <div className="wordmark"><Icon name="bell" size={24} />openbell</div>
        <h1>{say(isSetup ? "enter.setup" : "enter.login")}</h1>
        <p>{say(isSetup ? "enter.setup.text" : "enter.login.text")}</p>
        {isSetup && <Field id="code" label={say("enter.code")} value={code} onChange={setCode} autoFocus autoComplete="off" hint={say("enter.code.hint")} />}
        <Field id="password" label={say("enter.password")} type="password" value={password} onChange={setPassword} autoFocus={!isSetup}
          autoComplete={isSetup ? "new-password" : "current-password"}
          hint={isSetup ? say("enter.password.hint", { least: LEAST }) : undefined}
          problem={isShort ? say("enter.password.short", { least: LEAST, have: password.length }) : undefined} />
        {isSetup && <Field id="again" label={say("enter.again")} type="password" value={again} onChange={setAgain} autoComplete="new-password"
          problem={differs ? say("enter.again.differs") : undefined} />}
        {!isSetup && session.has_second_factor && (
          <Field id="totp" label={say("enter.totp")} value={totp} onChange={setTotp} inputMode="numeric" autoComplete="one-time-code" placeholder="123456" />
        )}
        {problem && <p className="problem" role="alert" data-testid="problem">{problem}</p>}
        <button type="submit" className="button is-primary is-wide" disabled={!isReady || isBusy} data-testid="enter">
          {say(isBusy ? "enter.busy" : isSetup ? "enter.setup.do" : "enter.login.do")}
        </button>
        <footer>{say("enter.foot")} · {session.version}</footer>
      </form>
    </main>
  );
}
