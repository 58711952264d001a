/** Instants as people read them; the zone is always printed beside an absolute time. */

import type { Ts } from "../api/types";
import { MISSING } from "./number";

export type Zone = "utc" | "local" | "exchange";

/** Milliseconds since 1970 of an instant in ns as text, or null. */
export function ms(ts: Ts | null | undefined): number | null {
  if (!ts || !/^-?\d+$/.test(ts)) return null;
  return Number(BigInt(ts) / 1_000_000n);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone, hourCycle: "h23" });
    formats.set(key, format);
  }
  return format;
}

/** The zone's name for Intl. The exchange's own zone is a setting of the run; until it is known, New York stands in. */
export function zoneName(zone: Zone, exchange = "America/New_York"): string {
  if (zone === "utc") return "UTC";
  if (zone === "exchange") return exchange;
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** 14:03:22 */
export function clock(at: number | null, zone: string): string {
  if (at === null) return MISSING;
  return formatOf(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
}

/** 2026-11-21 */
export function day(at: number | null, zone: string): string {
  if (at === null) return MISSING;
  const parts = formatOf(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year")}-${of("month")}-${of("day")}`;
}

/** 11-21 14:03:22, with the year where it is another one than now. */
export function moment(at: number | null, zone: string, now: number): string {
  if (at === null) return MISSING;
  const date = day(at, zone);
  const shown = date.slice(0, 4) === day(now, zone).slice(0, 4) ? date.slice(5) : date;
  return `${shown} ${clock(at, zone)}`;
}

/** UTC, EST, GMT+9 */
export function zoneLabel(zone: string, at: number): string {
  if (zone === "UTC") return "UTC";
  const parts = formatOf(zone, { timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

export interface Units {
  d: string;
  h: string;
  m: string;
  s: string;
}

/** A span with its two largest units: 2 h 14 m. Never negative. */
export function span(milliseconds: number | null, units: Units): string {
  if (milliseconds === null || !Number.isFinite(milliseconds)) return MISSING;
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  if (d) return `${d}${units.d} ${h}${units.h}`;
  if (h) return `${h}${units.h} ${m}${units.m}`;
  if (m) return `${m}${units.m} ${s}${units.s}`;
  return `${s}${units.s}`;
}

/** Midnight is a day, all else a time: a curve of several days says of which day each noon is. */
export function instant(seconds: number, step: number, zone: string): string {
  const time = clock(seconds * 1000, zone);
  return step >= 86400 || time === "00:00:00" ? day(seconds * 1000, zone).slice(5) : time.slice(0, step < 60 ? 8 : 5);
}
