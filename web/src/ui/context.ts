/** What pages know of the room around them. */

import { createContext, useContext } from "react";
import type { Dark, Listed, Session } from "../api/types";
import { Store } from "../store/store";

export interface RoomValue {
  session: Session;
  onSession: () => Promise<void>;
  state: string | null;
  runs: Listed[];
  /** Runs that cannot be shown. */
  dark: Dark[];
  can: (scope: string) => boolean;
}

export const RoomContext = createContext<RoomValue | null>(null);

export function useRoom(): RoomValue {
  const room = useContext(RoomContext);
  if (!room) throw new Error("no room above this component");
  return room;
}

/** Time travel: `seq` is the record after which the page stands, null for now; `present` is always the living store. */
export interface Past {
  seq: number | null;
  present: Store;
  travel: (seq: number | null) => Promise<void>;
}

export const PastContext = createContext<Past>({ seq: null, present: new Store(), travel: async () => undefined });

export const usePast = () => useContext(PastContext);
