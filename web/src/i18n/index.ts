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

const templates: Partial<Record<Settings["language"], (text: string) => string | null>> = {};

/** Longer text is none of the server: each place in a template may try every end that a text has. */
const LONGEST = 1000;
/** Places of a single word. */
const WORDS = /^(account|deployment|order|side|symbol)$/;

/** What turns a sentence of the server into another language: English texts are templates, `{a}` stands for what changes. `{_a}` is left as it came.
 * Names with `part.` are of what stands inside a sentence. */
export function translator(english: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): (text: string) => string | null {
  const whole = new Map<string, string>();
  const sentences: [RegExp, string][] = [];
  const parts: typeof sentences = [];
  const match = (text: string, among: typeof sentences) => {
    for (const [pattern, wanted] of among) {
      const found = pattern.exec(text);
      if (found) return fill(wanted, Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, one]) => [name, name[0] === "_" ? one : inner(one)])));
    }
    return null;
  };
  const known = (text: string) => whole.get(text) ?? match(text, sentences) ?? match(text, parts);
  // A list is what each of its items is, where all are known; figures and symbols are.
  const inner = (text: string): string => {
    const items = text.split(/(, |; | and | or | \+ )/).map((one) => (/[a-z]/.test(one) ? known(one) : one));
    return whole.get(text) ?? (items.length > 1 && !items.includes(null) ? items.join("") : known(text) ?? text);
  };
  for (const [name, text] of Object.entries(english)) {
    const wanted = other[name] ?? text;
    const isPart = name.startsWith("part.");
    if (!isPart && !name.startsWith("said.")) continue;
    if (!text.includes("{")) whole.set(text, wanted);
    else (isPart ? parts : sentences).push([new RegExp(`^${text.replace(/[.*+?^$()[\]\\|]/g, "\\$&").replace(/\{(\w+)\}/g, (_, at: string) => `(?<${at}>${WORDS.test(at) ? "\\S" : "."}+?)`)}$`, "s"), wanted]);
  }
  return (text) => (text.length > LONGEST ? null : whole.get(text) ?? match(text, sentences));
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
