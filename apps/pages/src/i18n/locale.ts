// The language of the pages: all words are in typed dictionaries, so that a missing one does not compile.
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { en } from "./en";
import { ko } from "./ko";
import type { Words } from "./words";

export type Language = "en" | "ko";

const dictionaries: Record<Language, Words> = { en, ko };
const listeners = new Set<() => void>();
let current: Language = initial();

function initial(): Language {
  const asked = new URLSearchParams(location.search).get("lang");
  const kept = read("language");
  for (const choice of [asked, kept, ...navigator.languages]) {
    if (choice?.startsWith("ko")) return "ko";
    if (choice?.startsWith("en")) return "en";
  }
  return "en";
}

/** What was kept under a name: local storage may be closed to a page that is a file. */
export function read(name: string): string | null {
  try {
    return localStorage.getItem(`tabella.${name}`);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`tabella.${name}`, value);
  } catch {
    // Then it lasts as long as the page is open.
  }
}

export const language = (): Language => current;

/** The words of the present language. */
export const words = (): Words => dictionaries[current];

export function setLanguage(next: Language): void {
  current = next;
  keep("language", next);
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

document.documentElement.lang = current;

/** Draws its host again when the language changes. */
export class LanguageController implements ReactiveController {
  readonly #changed: () => void;

  constructor(host: ReactiveControllerHost) {
    this.#changed = () => {
      host.requestUpdate();
    };
    host.addController(this);
  }

  hostConnected(): void {
    listeners.add(this.#changed);
  }

  hostDisconnected(): void {
    listeners.delete(this.#changed);
  }
}

export type Theme = "auto" | "light" | "dark";

export function theme(): Theme {
  const kept = read("theme");
  return kept === "light" || kept === "dark" ? kept : "auto";
}

const dark = matchMedia("(prefers-color-scheme: dark)");

export function applyTheme(): void {
  const chosen = theme();
  document.documentElement.dataset["theme"] = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
}

export function setTheme(next: Theme): void {
  keep("theme", next);
  applyTheme();
}

dark.addEventListener("change", applyTheme);
applyTheme();

const tag = (): string => (current === "ko" ? "ko-KR" : "en-GB");

export const number = (value: number | bigint): string => new Intl.NumberFormat(tag()).format(value);

export const percent = (part: number, whole: number): string =>
  new Intl.NumberFormat(tag(), { style: "percent", maximumFractionDigits: 1 }).format(whole > 0 ? part / whole : 0);

/** A time in seconds since 1970, as the reader's clock shows it. */
export const moment = (seconds: number): string =>
  new Intl.DateTimeFormat(tag(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(seconds * 1000));

/** The same with its seconds, without its day. */
export const clock = (seconds: number): string => new Intl.DateTimeFormat(tag(), { timeStyle: "medium" }).format(new Date(seconds * 1000));

export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB"] as const;
  const step = Math.min(units.length - 1, size > 0 ? Math.floor(Math.log10(size) / 3) : 0);
  const value = size / 1000 ** step;
  return `${new Intl.NumberFormat(tag(), { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value)} ${units[step] ?? "B"}`;
}
