/** Whose money it is: nobody's, at a server that only plays a venue, or somebody's; and until when that may be spent. */

import { ms } from "../format/time";
import { useRun, useTable } from "../store/use";
import { useLive, useNow } from "./clock";

export type Mark = "simulated" | "real" | null;

/** `armedUntil` is the earliest end in milliseconds of what is armed now, null where nothing is. */
export function useMoney(): { mark: Mark; armedUntil: number | null } {
  const run = useRun();
  const accounts = [...useTable("accounts").values()];
  const now = useNow() + useLive().offset;
  const ends = accounts.filter((one) => one.is_real).map((one) => ms(one.armed_until_ts) ?? 0).filter((one) => one > now);
  const mark = accounts.some((one) => one.is_real) ? "real" : run?.is_simulated ? "simulated" : null;
  return { mark, armedUntil: ends.length ? Math.min(...ends) : null };
}
