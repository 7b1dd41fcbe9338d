// Invitations: who has registered, links to be sent, and sheets to be printed.
import { html, nothing, type TemplateResult } from "lit";
import type { Registered, Role } from "../../../browser/engine";
import { number, words } from "../i18n/locale";
import { qrCode } from "./qr";

export interface Invited {
  role: Role;
  name: string;
  token: string;
  /** Of a voter, where weights are hidden. */
  weight?: number;
}

/** What the list needs of its page. */
export interface InvitationList {
  readonly invited: readonly Invited[];
  readonly registered: readonly Registered[];
  readonly link: (invited: Invited) => string;
  readonly copy: (text: string) => void;
  /** Draws a new invitation in place of one; of a role for which it is too late, nothing. */
  readonly replace: (role: Role) => ((invited: Invited) => void) | undefined;
  /** What stands below the row of one: a question about it. */
  readonly below: (invited: Invited) => TemplateResult | typeof nothing;
}

/** A table of links for a mail merge: RFC 4180. With the weights, where there are any. */
export function linksTable(invited: readonly Invited[], link: (invited: Invited) => string): string {
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const weighed = invited.some(({ weight }) => weight !== undefined);
  const row = (one: Invited): string[] => [one.name, one.role, link(one), ...(weighed ? [String(one.weight ?? "")] : [])];
  return `${["name", "role", "link", ...(weighed ? ["weight"] : [])].join(",")}\r\n${invited.map((one) => row(one).map(cell).join(",")).join("\r\n")}\r\n`;
}

/** What an invitation asks for; with the weight that is due, so that the voter can see whether it came. */
function asks({ role, weight }: Invited): string {
  const w = words().admin;
  const text = role === "voter" ? w.voterInvite : w.trusteeInvite;
  return weight === undefined ? text : `${text} ${w.voterWeight(number(weight))}`;
}

/** A message to one person, in the program for mail: no server of ours sends any. */
function mail(one: Invited, link: string): string {
  const w = words().admin;
  const text = `${asks(one)}\n\n${link}\n`;
  return `mailto:?subject=${encodeURIComponent(w.invitationFor(one.name))}&body=${encodeURIComponent(text)}`;
}

export function invitationTables({ invited, registered, link, copy, replace, below }: InvitationList): TemplateResult {
  const w = words().admin;
  const found = new Map(registered.map((one) => [one.token, one]));
  const state = (token: string): TemplateResult => {
    const one = found.get(token);
    if (one === undefined) return html`<span class="tag">${w.waiting}</span>`;
    return one.refused === undefined ? html`<span class="tag good">${w.registered}</span>` : html`<span class="tag bad">${w.refused}</span> <span class="small">${w.refusedHelp}</span>`;
  };
  return html`${(["trustee", "voter"] as const).map((role) => {
    const renew = replace(role);
    return html`<div class="scroll-x no-print" tabindex="0" role="region" aria-label=${role === "voter" ? w.roll : w.trustees}>
      <table>
        <caption>${role === "voter" ? w.roll : w.trustees}</caption>
        <thead><tr><th scope="col">${w.name}</th><th scope="col">${w.state}</th><th scope="col">${w.link}</th></tr></thead>
        <tbody>
          ${invited
            .filter((one) => one.role === role)
            .map(
              (one) => html`<tr>
                <th scope="row">${one.name}${one.weight === undefined ? nothing : html` <span class="tag" data-weight=${one.weight}>${w.weighs(number(one.weight))}</span>`}</th>
                <td>${state(one.token)}</td>
                <td><button class="button second" type="button" data-link=${link(one)} aria-label="${words().common.copy}: ${w.invitationFor(one.name)}" @click=${() => {
                  copy(link(one));
                }}>${words().common.copy}</button>
                  <a class="button plain" href=${mail(one, link(one))} aria-label="${w.write}: ${w.invitationFor(one.name)}">${w.write}</a>
                  ${renew === undefined ? nothing : html`<button class="button plain" type="button" data-renews=${one.name} aria-label="${w.renew}: ${w.invitationFor(one.name)}" @click=${() => {
                    renew(one);
                  }}>${w.renew}</button>`}</td>
              </tr>${below(one)}`,
            )}
        </tbody>
      </table>
    </div>`;
  })}`;
}

/** One invitation on paper. */
export function invitationSheet(one: Invited, link: string): TemplateResult {
  const w = words().admin;
  return html`<article class="card stack" data-sheet><h2>${w.invitationFor(one.name)}</h2><p>${asks(one)}</p>${qrCode(link, w.link)}<p class="mono break">${link}</p></article>`;
}

export const printSheets = (sheets: readonly TemplateResult[]): TemplateResult | typeof nothing => (sheets.length === 0 ? nothing : html`<div class="print-only stack-7" aria-hidden="true">${sheets}</div>`);
