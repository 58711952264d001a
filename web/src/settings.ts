/** What a person chose for this browser. */

import { createContext, useContext } from "react";
import type { Zone } from "./format/time";

export interface Settings {
  theme: "dark" | "light" | "system";
  language: "en" | "ko";
  zone: Zone;
  palette: "green_red" | "blue_orange";
  motion: "system" | "less";
}

const KEY = "openbell.settings";
const CHOICES: { [Name in keyof Settings]: readonly Settings[Name][] } = {
  theme: ["dark", "light", "system"],
  language: ["en", "ko"],
  zone: ["utc", "exchange", "local"],
  palette: ["green_red", "blue_orange"],
  motion: ["system", "less"],
};

/** Read what was chosen; anything unknown falls back to the first choice. */
export function read(): Settings {
  let stored: Partial<Record<keyof Settings, unknown>> = {};
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as typeof stored;
  } catch {
    stored = {};
  }
  const korean = typeof navigator !== "undefined" && navigator.language.startsWith("ko");
  const found = {} as Record<keyof Settings, unknown>;
  for (const name of Object.keys(CHOICES) as (keyof Settings)[]) {
    const choices = CHOICES[name] as readonly unknown[];
    found[name] = choices.includes(stored[name]) ? stored[name] : choices[0];
  }
  if (stored.language === undefined && korean) found.language = "ko";
  return found as unknown as Settings;
}

export function write(settings: Settings): void {
  localStorage.setItem(KEY, JSON.stringify(settings));
}

/** Put the choices on the document, where the style sheet reads them. */
export function apply(settings: Settings): void {
  const light = settings.theme === "light" || (settings.theme === "system" && matchMedia("(prefers-color-scheme: light)").matches);
  const root = document.documentElement;
  root.dataset["theme"] = light ? "light" : "dark";
  root.dataset["palette"] = settings.palette;
  root.dataset["motion"] = settings.motion;
  root.lang = settings.language;
}

export const SettingsContext = createContext<{ settings: Settings; change: (part: Partial<Settings>) => void }>({
  settings: { theme: "dark", language: "en", zone: "utc", palette: "green_red", motion: "system" },
  change: () => undefined,
});

export const useSettings = () => useContext(SettingsContext);
