/** Which run is shown; those that cannot be shown stand there as well. */

import { type Name, useSay } from "../i18n";
import { go, link, useRoute } from "../route";
import { useRoom } from "./context";
import { Icon } from "./icons";

export function StatePicker() {
  const say = useSay();
  const { runs, dark, state } = useRoom();
  const { page } = useRoute();
  const run = runs.find((one) => one.id === state);
  const isKnown = run !== undefined || dark.some((one) => one.id === state);
  if (runs.length + dark.length < 2 && (isKnown || !runs.length)) {
    return <span className="state-name" dir="auto" title={run?.path} data-testid="state-name">{run?.title || state}</span>;
  }
  return (
    <span className="picker">
      <select aria-label={say("state.pick")} value={state ?? ""} data-testid="state-picker" onChange={(event) => go(link(event.target.value, page))}>
        {!isKnown && <option value={state ?? ""}>{state}</option>}
        {runs.map((one) => (
          <option key={one.id} value={one.id}>
            {`${one.is_running ? "● " : "○ "}${one.title || one.id} · ${say(`badge.${one.badge}` as Name)}`}
          </option>
        ))}
        {dark.map((one) => <option key={one.id} value={one.id}>{`⚠ ${one.id} · ${say("dark")}`}</option>)}
      </select>
      <Icon name="chevron" size={14} />
    </span>
  );
}
