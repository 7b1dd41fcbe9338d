import { html, nothing, type TemplateResult } from "lit";
import type { Check } from "../../../browser/engine";
import { words } from "../i18n/locale";
import { iconBad, iconGood, iconSkipped } from "./icons";

const groups = ["file", "opening", "entries", "tally"] as const;

const groupOf = (id: string): (typeof groups)[number] => {
  const stem = id.split(".")[0];
  return stem === "opening" || stem === "entries" || stem === "tally" ? stem : "file";
};

/** The checks of a record by their ids, in plain words, with the culprit and what a failure means. */
export function checklist(checks: readonly Check[]): TemplateResult {
  const w = words().checks;
  return html`<div class="stack-6">
    ${groups.map((group) => {
      const members = checks.filter((check) => groupOf(check.id) === group);
      if (members.length === 0) return nothing;
      return html`<div class="checks-group">
        <h3>${w.groups[group]}</h3>
        <ul class="checks">
          ${members.map((check) => row(check))}
        </ul>
      </div>`;
    })}
  </div>`;
}

function row(check: Check): TemplateResult {
  const w = words().checks;
  const plain = w.list[check.id];
  const state = check.ok ? "good" : check.reached ? "bad" : "skipped";
  const said = check.ok ? w.passed : check.reached ? w.failed : w.skipped;
  return html`<li data-state=${state} data-check=${check.id}>
    ${check.ok ? iconGood : check.reached ? iconBad : iconSkipped}
    <div>
      <span class="title">${plain.title}</span> <span class="hidden-visually">(${said})</span>
      <span class="id">${check.id}</span>
    </div>
    ${check.reached ? html`<p class="detail" lang="en">${check.detail}</p>` : html`<p class="detail">${w.skipped}</p>`}
    ${state === "bad" ? html`<p class="detail"><span class="strong">${w.means}.</span> ${plain.bad}</p>` : nothing}
  </li>`;
}
