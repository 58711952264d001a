/** The server wants to know again who is there. */

import { type FormEvent, useState } from "react";
import { ApiError, post } from "../api/client";
import { useSay } from "../i18n";
import { Dialog } from "./bits";
import { Field } from "./form";

export function StepUp({ hasSecondFactor, onDone }: { hasSecondFactor: boolean; onDone: (ok: boolean) => void }) {
  const say = useSay();
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await post("/api/step-up", { password, totp: totp || null });
      onDone(true);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : say("error.network"));
      setBusy(false);
    }
  };
  return (
    <Dialog title={say("stepup.title")} onClose={() => onDone(false)} id="step-up">
      <form className="form" onSubmit={(event) => void submit(event)}>
        <p>{say("stepup.text")}</p>
        <Field label={say("enter.password")} type="password" value={password} onChange={setPassword} autoComplete="current-password" autoFocus />
        {hasSecondFactor && <Field label={say("enter.totp")} value={totp} onChange={setTotp} inputMode="numeric" autoComplete="one-time-code" />}
        {problem && <p className="problem" role="alert">{problem}</p>}
        <div className="dialog-foot">
          <button type="button" className="button" onClick={() => onDone(false)}>{say("cancel")}</button>
          <button type="submit" className="button is-primary" disabled={isBusy || !password}>{say("stepup.confirm")}</button>
        </div>
      </form>
    </Dialog>
  );
}
