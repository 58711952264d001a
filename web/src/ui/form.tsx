/** Fields of forms: the label is always there, and an error stands at its field. */

import { type HTMLInputAutoCompleteAttribute, type ReactNode, useId } from "react";

export function Field({ label, value, onChange, type = "text", hint, problem, id, ...rest }: {
  label: string; value: string; onChange: (value: string) => void; type?: string; hint?: ReactNode; problem?: string | undefined; id?: string;
  autoComplete?: HTMLInputAutoCompleteAttribute; autoFocus?: boolean; inputMode?: "numeric" | "text" | "decimal"; placeholder?: string;
}) {
  const own = useId();
  return (
    <label className={`field ${problem ? "has-problem" : ""}`} htmlFor={own}>
      <span>{label}</span>
      <input id={own} type={type} value={value} dir="auto" data-testid={id} aria-invalid={problem ? true : undefined}
        aria-describedby={hint || problem ? `${own}-note` : undefined} onChange={(event) => onChange(event.target.value)} {...rest} />
      {(problem || hint) && <small id={`${own}-note`}>{problem || hint}</small>}
    </label>
  );
}

export function Select<Value extends string>({ label, value, options, onChange, id, isBare = false }: {
  label: string; value: Value; options: readonly (readonly [Value, string])[]; onChange: (value: Value) => void; id?: string; isBare?: boolean;
}) {
  const own = useId();
  const select = (
    <select id={own} value={value} data-testid={id} aria-label={isBare ? label : undefined} onChange={(event) => onChange(event.target.value as Value)}>
      {options.map(([one, text]) => <option key={one} value={one}>{text}</option>)}
    </select>
  );
  if (isBare) return select;
  return (
    <label className="field" htmlFor={own}>
      <span>{label}</span>
      {select}
    </label>
  );
}
