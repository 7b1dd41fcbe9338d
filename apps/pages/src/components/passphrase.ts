// A passphrase that is set (twice) or asked for (once).
import { html, nothing, type TemplateResult } from "lit";
import { words } from "../i18n/locale";
import { field } from "./parts";

export interface Passphrase {
  first: string;
  second: string;
  error: "short" | "differs" | "wrong" | undefined;
}

export const noPassphrase = (): Passphrase => ({ first: "", second: "", error: undefined });

/** Whether a new passphrase will do; else with the error in it. */
export function checkNew(passphrase: Passphrase): Passphrase {
  const error = [...passphrase.first].length < 12 ? "short" : passphrase.first !== passphrase.second ? "differs" : undefined;
  return { ...passphrase, error };
}

export function passphraseFields(id: string, passphrase: Passphrase, fresh: boolean, change: (next: Passphrase) => void): TemplateResult {
  const c = words().common;
  return html`${field({
      id,
      label: c.passphrase,
      type: "password",
      complete: fresh ? "new-password" : "current-password",
      value: passphrase.first,
      hint: fresh ? c.passphraseHint : undefined,
      error: passphrase.error === "short" ? c.passphraseShort : passphrase.error === "wrong" ? c.passphraseWrong : undefined,
      onInput: (first) => {
        change({ ...passphrase, first, error: undefined });
      },
    })}
    ${
      fresh
        ? field({
            id: `${id}-again`,
            label: c.passphraseAgain,
            type: "password",
            complete: "new-password",
            value: passphrase.second,
            error: passphrase.error === "differs" ? c.passphraseDiffers : undefined,
            onInput: (second) => {
              change({ ...passphrase, second, error: undefined });
            },
          })
        : nothing
    }`;
}
