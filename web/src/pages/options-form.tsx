/** Fields of a form for the options that a schema lets one choose. */

import type { JsonSchema } from "../api/types";
import { useSay } from "../i18n";

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

export function Option({ field, value, onChange }: { field: OptionField; value: string | undefined; onChange: (value: string) => void }) {
  const say = useSay();
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, description } = field.schema;
  const low = minimum ?? exclusiveMinimum;
  const high = maximum ?? exclusiveMaximum;
  const bounds = low === undefined ? (high === undefined ? "" : `≤ ${high}`) : high === undefined ? `≥ ${low}` : `${low} – ${high}`;
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
