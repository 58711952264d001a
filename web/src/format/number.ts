/**
 * Figures as people read them. Exact decimals stay text the whole way: nothing is rounded through a float, so what the
 * page shows is what the ledger holds. A missing figure is an en dash, never NaN; a rounded zero has no minus sign.
 */

export const MISSING = "–";
const MINUS = "−";
const PLAIN = /^([+-]?)(\d+)(?:\.(\d*))?$/;

/** Decimals of a currency's minor unit where it is not two. */
const MINOR: Record<string, number> = { KRW: 0, JPY: 0, CLP: 0, VND: 0, BTC: 8, ETH: 6, USDT: 2, KWD: 3, BHD: 3 };
const SIGN: Record<string, string> = { USD: "$", EUR: "€", GBP: "£", JPY: "¥", KRW: "₩", ILS: "₪", INR: "₹" };

export type Input = string | number | null | undefined;

/** Turn a number or text into plain decimal text, or null where it is no finite number. */
export function plain(value: Input): string | null {
  if (value === null || value === undefined) return null;
  let text = typeof value === "number" ? String(value) : value.trim();
  if (!PLAIN.test(text)) {
    const scientific = /^([+-]?)(\d+)(?:\.(\d*))?[eE]([+-]?\d{1,3})$/.exec(text);
    if (!scientific) return null;
    text = expand(scientific[1] ?? "", scientific[2] ?? "", scientific[3] ?? "", Number(scientific[4]));
  }
  return text;
}

function expand(sign: string, whole: string, part: string, power: number): string {
  const digits = whole + part;
  const point = whole.length + power;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + "0".repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Round decimal text to `digits` places, half away from zero, by its digits alone; the sign is apart. */
export function round(text: string, digits: number): { sign: -1 | 0 | 1; whole: string; part: string } {
  const match = PLAIN.exec(text);
  if (!match) return { sign: 0, whole: "0", part: "0".repeat(digits) };
  const whole = match[2] ?? "0";
  const part = match[3] ?? "";
  const kept = (whole + part.padEnd(digits, "0").slice(0, digits)).split("");
  if (Number(part.charAt(digits) || "0") >= 5) {
    let at = kept.length - 1;
    while (at >= 0 && kept[at] === "9") kept[at--] = "0";
    if (at < 0) kept.unshift("1");
    else kept[at] = String(Number(kept[at]) + 1);
  }
  const joined = kept.join("");
  const cut = joined.length - digits;
  const front = joined.slice(0, cut).replace(/^0+(?=\d)/, "") || "0";
  const isZero = /^0*$/.test(joined);
  return { sign: isZero ? 0 : match[1] === "-" ? -1 : 1, whole: front, part: joined.slice(cut) };
}

function grouped(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export interface Options {
  /** Places after the point. */
  digits: number;
  /** Write a plus before what is above zero. */
  signed?: boolean;
  /** Drop zeros at the end. */
  trim?: boolean;
}

/** Format a figure with thousands separators, or a dash where there is none. */
export function figure(value: Input, { digits, signed = false, trim = false }: Options): string {
  const text = plain(value);
  if (text === null) return MISSING;
  const rounded = round(text, Math.max(0, Math.min(18, Math.trunc(digits))));
  const part = trim ? rounded.part.replace(/0+$/, "") : rounded.part;
  const sign = rounded.sign < 0 ? MINUS : signed && rounded.sign > 0 ? "+" : "";
  return sign + grouped(rounded.whole) + (part ? `.${part}` : "");
}

/** Places after the point of a currency's smallest unit. */
export function minor(currency: string | null | undefined): number {
  return MINOR[currency ?? ""] ?? 2;
}

/** Money with its currency: a sign before the figure where people know one, else the code after it. */
export function money(value: Input, currency: string, options: { signed?: boolean; digits?: number } = {}): string {
  const text = figure(value, { digits: options.digits ?? minor(currency), signed: options.signed ?? false });
  if (text === MISSING) return MISSING;
  const symbol = SIGN[currency];
  if (!symbol) return currency ? `${text}\u00a0${currency}` : text;
  const first = text.charAt(0);
  return first === MINUS || first === "+" ? first + symbol + text.slice(1) : symbol + text;
}

const UNITS: [number, string][] = [
  [12, "T"],
  [9, "B"],
  [6, "M"],
  [3, "k"],
];

/** Money in few characters: $1.24M; exact below ten thousand. Values `step` apart are told apart. */
export function short(value: Input, currency: string, step = Number.POSITIVE_INFINITY): string {
  const text = plain(value);
  if (text === null) return MISSING;
  const { sign, whole } = round(text, 0);
  const power = whole.length - 1;
  const unit = power < 4 ? undefined : UNITS.find(([size]) => power >= size);
  if (!unit) return money(text, currency, { digits: power < 3 ? minor(currency) : 0 });
  const scaled = expand("", whole, "", -unit[0]);
  const needed = step > 0 && Number.isFinite(step) ? Math.ceil(unit[0] - Math.log10(step) - 1e-9) : 0;
  const digits = Math.min(6, Math.max(0, 2 - (power - unit[0]), needed));
  const amount = figure(scaled, { digits }) + unit[1];
  const symbol = SIGN[currency];
  return (sign < 0 ? MINUS : "") + (symbol ? symbol + amount : `${amount}\u00a0${currency}`);
}

/** A fraction as per cent: 0.0123 is 1.23 %. */
export function share(value: Input, options: { signed?: boolean; digits?: number } = {}): string {
  const text = plain(value);
  if (text === null) return MISSING;
  const match = PLAIN.exec(text);
  const moved = match ? expand(match[1] ?? "", match[2] ?? "0", match[3] ?? "", 2) : text;
  return `${figure(moved, { digits: options.digits ?? 2, signed: options.signed ?? false })}%`;
}

/** A price with the places of its instrument. */
export function price(value: Input, digits: number): string {
  return figure(value, { digits });
}

/** A quantity as it is, without zeros at the end. */
export function quantity(value: Input): string {
  return figure(value, { digits: 8, trim: true });
}

/** Sign of a figure as it will be read at `digits` places: a loss of a tenth of a cent is no loss on the page. */
export function signOf(value: Input, digits = 2): -1 | 0 | 1 {
  const text = plain(value);
  return text === null ? 0 : round(text, digits).sign;
}

/** For sorting and drawing only: never shown. */
export function approximate(value: Input): number {
  const text = plain(value);
  const number = text === null ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : 0;
}

/** Add exact decimals; null where there is nothing to add. */
export function sum(values: Iterable<Input>): string | null {
  let total = 0n;
  let scale = 0;
  let isEmpty = true;
  for (const value of values) {
    const text = plain(value);
    const match = text === null ? null : PLAIN.exec(text);
    if (!match) continue;
    isEmpty = false;
    const part = match[3] ?? "";
    if (part.length > scale) {
      total *= 10n ** BigInt(part.length - scale);
      scale = part.length;
    }
    const amount = BigInt((match[2] ?? "0") + part.padEnd(scale, "0"));
    total += match[1] === "-" ? -amount : amount;
  }
  if (isEmpty) return null;
  const digits = (total < 0n ? -total : total).toString().padStart(scale + 1, "0");
  const text = scale ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits;
  return total < 0n ? `-${text}` : text;
}
