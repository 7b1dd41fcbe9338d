// What went wrong, in the reader's language; what engine and node say about it in English stands below, and is marked as such.
import { html, nothing, type TemplateResult } from "lit";
import { NodeError } from "../api/node";
import { EngineFailure } from "../engine/remote";
import { language, words } from "../i18n/locale";
import { message, panel } from "./parts";

export interface Trouble {
  readonly title: string;
  readonly text: string;
  /** In English. */
  readonly detail?: string | undefined;
}

/** An error whose message is in the reader's words already. */
export class Said extends Error {
  constructor(
    message: string,
    /** What stands below it, in English. */
    readonly below?: string,
  ) {
    super(message);
  }
}

/** What a desk's refusal says: in the reader's language, and below it in English what only the error of a program says. */
export function refusal({ message, korean, below }: EngineFailure): { text: string; below?: string | undefined } {
  if (language() === "en") return { text: message };
  return korean === undefined ? { text: words().applications.refused, below: message } : { text: korean, below };
}

const of = (list: Readonly<Record<string, string>>, name: string | undefined): string | undefined => (name !== undefined && Object.hasOwn(list, name) ? list[name] : undefined);

export function trouble(error: unknown): Trouble {
  const { common: c, problems: p } = words();
  const title = c.failed;
  if (error instanceof Said) return { title, text: error.message, detail: error.below };
  if (error instanceof EngineFailure) {
    if (error.code === "load") return { title: c.engineFailed, text: c.engineHelp };
    if (error.code === "passphrase") return { title, text: c.passphraseWrong };
    const reason = error.code === "right" ? of(p.rights, error.detail) : undefined;
    return reason === undefined ? { title, text: of(p.engine, error.code) ?? p.other, detail: error.message } : { title, text: reason };
  }
  if (error instanceof NodeError) {
    const rule = error.problem === "refused" ? of(p.rules, typeof error.members["rule"] === "string" ? error.members["rule"] : undefined) : undefined;
    return { title, text: rule ?? of(p.node, error.problem) ?? c.nodeHelp, detail: error.message };
  }
  if (error instanceof TypeError && /fetch|network/i.test(error.message)) return { title: c.nodeFailed, text: c.nodeHelp };
  return { title, text: p.other, detail: message(error) };
}

export const troubleText = (found: Omit<Trouble, "title">): TemplateResult => html`<p>${found.text}</p>${found.detail === undefined ? nothing : html`<p class="small" lang="en">${found.detail}</p>`}`;

export const troublePanel = (found: Trouble): TemplateResult => panel("bad", found.title, troubleText(found));
