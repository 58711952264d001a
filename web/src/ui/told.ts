/** What people were told of the run that is shown: of now, also while the page stands in the past. */

import type { Channel, Post, Told } from "../api/types";
import { useTable } from "../store/use";
import { usePast } from "./context";

export interface Messages {
  /** Undefined until they have been read. */
  post: Post | undefined;
  channels: Channel[];
  /** The newest first. */
  messages: Told[];
}

export function useMessages(): Messages {
  const { present } = usePast();
  const [post] = useTable("told", present).values();
  const channels = [...useTable("channels", present).values()];
  const messages = [...useTable("messages", present).values()].sort((a, b) => b.id - a.id);
  return { post, channels, messages };
}

/**
 * Messages that were shown, with what is new: those that have slid out of the newest stay as they were. Where nothing
 * joins the two, what was known before is forgotten, and asked for by page.
 */
export function joined(known: readonly Told[], newest: readonly Told[]): Told[] {
  const first = newest.at(-1)?.id ?? 0;
  return (known[0]?.id ?? 0) < first ? [...newest] : [...newest, ...known.filter((one) => one.id < first)];
}
