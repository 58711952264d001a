/** Requests to the server that sent this page, and to nobody else. */

import { said } from "../i18n";
import type { Answer, Command, Session } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
    readonly field: string | null = null,
    readonly retryAfter_s: number | null = null,
  ) {
    super(text);
  }
}

let csrf: string | null = null;
let onLost: () => void = () => undefined;
let onStepUp: (() => Promise<boolean>) | null = null;

/** Say who is told when the session ended, and who asks for the password where the server wants it anew. */
export function listen(handlers: { lost: () => void; stepUp: () => Promise<boolean> }): void {
  onLost = handlers.lost;
  onStepUp = handlers.stepUp;
}

export type Query = Record<string, string | number | null | undefined>;

export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function failure(response: Response): Promise<ApiError> {
  const retry = Number(response.headers.get("Retry-After")) || null;
  const type = response.headers.get("Content-Type") ?? "";
  if (type.includes("json")) {
    const body = (await response.json()) as { error?: { code?: string; text?: string; field?: string | null } };
    if (body.error) return new ApiError(response.status, body.error.code ?? "", said(body.error.text ?? response.statusText), body.error.field ?? null, retry);
  }
  return new ApiError(response.status, "", `${response.status} ${response.statusText}`, null, retry);
}

async function request(method: string, path: string, body: unknown, extra: Record<string, string> = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...extra };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrf) headers["X-OpenBell-CSRF"] = csrf;
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) init.body = JSON.stringify(body);
  return fetch(path, init);
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" };
  if (signal) init.signal = signal;
  const response = await fetch(address(path, query), init);
  if (response.ok) return (await response.json()) as T;
  if (response.status === 401) onLost();
  throw await failure(response);
}

/** Ask with the tag of what is here already; null where nothing changed. */
export async function getIfNew<T>(path: string, query: Query, etag: string | null): Promise<{ etag: string | null; data: T } | null> {
  const response = await request("GET", address(path, query), undefined, etag ? { "If-None-Match": etag } : {});
  if (response.status === 304) return null;
  if (response.ok) return { etag: response.headers.get("ETag"), data: (await response.json()) as T };
  if (response.status === 401) onLost();
  throw await failure(response);
}

/** Send a change. Where the server asks for the password anew it is asked for once, and the change is sent again. */
export async function post<T>(path: string, body: unknown): Promise<T> {
  let response = await request("POST", path, body);
  if (response.status === 403) {
    const error = await failure(response);
    if (error.code !== "E2403" || !onStepUp || path === "/api/step-up" || !(await onStepUp())) throw error;
    response = await request("POST", path, body);
  }
  if (response.status === 204) return undefined as T;
  if (response.ok) return (await response.json()) as T;
  const error = await failure(response);
  if (response.status === 401 && path.startsWith("/api/") && !PUBLIC.has(path)) onLost();
  throw error;
}

const PUBLIC = new Set(["/api/login", "/api/setup", "/api/open"]);

export async function session(): Promise<Session> {
  const found = await get<Session>("/api/session");
  csrf = found.csrf;
  return found;
}

export const command = (order: Command): Promise<Answer> => post<Answer>("/api/command", order);
export const ticket = (): Promise<{ ticket: string }> => post<{ ticket: string }>("/api/ticket", {});
