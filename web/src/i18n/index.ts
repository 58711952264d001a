/** Text by name, in the language of the settings. A missing name is an error of the compiler. */

import { useCallback, useSyncExternalStore } from "react";
import { type Settings, useSettings } from "../settings";
import type { Units } from "../format/time";
import type english from "../../public/en.json";

export type Name = keyof typeof english;
export type Catalogue = Record<Name, string>;
export type Say = (name: Name, values?: Record<string, string | number>) => string;

const catalogues: Partial<Record<Settings["language"], Catalogue>> = {};
const watchers = new Set<() => void>();
const watch = (heard: () => void) => {
  watchers.add(heard);
  return () => watchers.delete(heard);
};

/** Fetch the catalogue of a language from the host of this page. English comes first, before anything is drawn: it stands in for what others lack. */
export async function load(language: Settings["language"]): Promise<void> {
  if (catalogues[language]) return;
  const response = await fetch(`${import.meta.env.BASE_URL}${language}.json`, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${response.status}`);
  catalogues[language] = { ...catalogues.en, ...((await response.json()) as Catalogue) };
  for (const heard of [...watchers]) heard();
}

export function fill(text: string, values: Record<string, string | number> = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

export function useSay(): Say {
  const { language } = useSettings().settings;
  const texts = useSyncExternalStore(watch, () => catalogues[language] ?? (catalogues.en as Catalogue));
  return useCallback<Say>((name, values) => fill(texts[name], values), [texts]);
}

const SAID = "said.";
const templates: Partial<Record<Settings["language"], (text: string) => string | null>> = {};

/** What turns a sentence of the server into another language: English texts are templates, `{a}` stands for what changes. */
export function translator(english: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): (text: string) => string | null {
  const whole = new Map<string, string>();
  const parts: [RegExp, string][] = [];
  for (const [name, text] of Object.entries(english)) {
    if (!name.startsWith(SAID)) continue;
    const wanted = other[name] ?? text;
    if (!text.includes("{")) whole.set(text, wanted);
    else parts.push([new RegExp(`^${text.replace(/[.*+?^$()[\]\\|]/g, "\\$&").replace(/\{(\w+)\}/g, "(?<$1>.+?)")}$`, "s"), wanted]);
  }
  return (text) => {
    const known = whole.get(text);
    if (known !== undefined) return known;
    for (const [pattern, wanted] of parts) {
      const found = pattern.exec(text);
      // A word inside a sentence may be one of ours too.
      if (found) return fill(wanted, Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, one]) => [name, whole.get(one) ?? one])));
    }
    return null;
  };
}

/** A sentence of the server in the language of the page; as it came where no catalogue knows it. */
export function said(text: string): string {
  const language = document.documentElement.lang as Settings["language"];
  const [english, other] = [catalogues.en, catalogues[language]];
  if (language === "en" || !text || !english || !other) return text;
  const turn = (templates[language] ??= translator(english, other));
  return turn(text) ?? text;
}

/** Text of a name that the server sent, or the word itself where no catalogue has it. */
export function word(say: Say, prefix: string, value: string | null | undefined): string {
  const [, code = "", rest = ""] = /^([A-Z]\d{3} )?(.*)$/s.exec(value ?? "") ?? [];
  const name = `${prefix}.${rest.toLowerCase().replace(/[ -]/g, "_")}`;
  if (name in (catalogues.en ?? {})) return say(name as Name);
  // What a rule refused has the rule's code and its name.
  return code && prefix !== "rule" ? code + word(say, "rule", rest) : code + rest.replace(/_/g, " ");
}

export const units = (say: Say): Units => ({ d: say("unit.d"), h: say("unit.h"), m: say("unit.m"), s: say("unit.s") });
