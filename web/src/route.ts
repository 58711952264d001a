/** Where the person is: `#/STATE/page?name=value`, so that every view can be kept as a link. */

import { useSyncExternalStore } from "react";

export const PAGES = [
  "overview", "deployments", "positions", "orders", "chart", "history", "decisions", "risk", "alerts", "journal", "strategies", "settings",
] as const;
export type Page = (typeof PAGES)[number];

export interface Route {
  state: string | null;
  page: Page;
  query: Record<string, string>;
}

export function parse(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?");
  const [state = "", page = ""] = path.split("/");
  let id: string | null;
  try {
    id = decodeURIComponent(state) || null;
  } catch {
    id = null;
  }
  return {
    state: id && !id.includes("=") ? id : null,
    page: (PAGES as readonly string[]).includes(page) ? (page as Page) : "overview",
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

export function link(state: string | null, page: Page, query: Record<string, string | null | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  const text = search.toString();
  return `#/${encodeURIComponent(state ?? "")}/${page}${text ? `?${text}` : ""}`;
}

let current = typeof location === "undefined" ? parse("") : parse(location.hash);

function watch(heard: () => void): () => void {
  const changed = () => {
    current = parse(location.hash);
    heard();
  };
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

export const useRoute = (): Route => useSyncExternalStore(watch, () => current);

export function go(target: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", target);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else location.hash = target;
}
