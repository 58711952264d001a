import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** Tokens of the style sheet by theme: what a theme does not say it has from the dark one. */
function themes(): Record<string, Record<string, string>> {
  const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
  const block = (selector: string) => {
    const text = css.split(`\n${selector} {`)[1]?.split("}")[0] ?? "";
    return Object.fromEntries([...text.matchAll(/--([\w-]+):\s*(#[0-9a-fA-F]{6})\b/g)].map((one) => [one[1], one[2]]));
  };
  const dark = block(":root");
  const light = { ...dark, ...block('[data-theme="light"]') };
  return { dark, light, "dark blue": { ...dark, ...block('[data-palette="blue_orange"]') }, "light blue": { ...light, ...block('[data-theme="light"][data-palette="blue_orange"]') } };
}

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (parts[0] ?? 0) + 0.7152 * (parts[1] ?? 0) + 0.0722 * (parts[2] ?? 0);
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const PAIRS: [string, string[]][] = [
  ["text", ["ground", "surface", "raised", "hover", "accent-ground"]],
  ["quiet", ["ground", "surface", "raised", "hover"]],
  ["accent", ["ground", "surface", "accent-ground"]],
  ["gain", ["ground", "surface", "raised", "hover"]],
  ["loss", ["ground", "surface", "raised", "hover"]],
  ["good", ["surface", "good-ground"]],
  ["warn", ["surface", "warn-ground"]],
  ["bad", ["surface", "raised", "bad-ground"]],
];

describe("contrast", () => {
  it("is that of black on white at its most, and known for a pair", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });

  it.each(Object.entries(themes()))("of every text on every ground is 4.5 or more: %s", (_, tokens) => {
    const low = PAIRS.flatMap(([ink, grounds]) => grounds.map((ground) => ({ pair: `${ink} on ${ground}`, is: contrast(tokens[ink] ?? "", tokens[ground] ?? "") }))).filter((one) => !(one.is >= 4.5));
    expect(low).toEqual([]);
  });

  it.each(Object.entries(themes()))("of white on buttons and badges is 4.5 or more: %s", (_, tokens) => {
    for (const ground of ["blue", "red", "grey", "stop"]) expect(contrast("#ffffff", tokens[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});
