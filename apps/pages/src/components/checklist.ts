import { html, nothing, type TemplateResult } from "lit";
import type { Batch, Check, Finding } from "../../../browser/engine";
import { bytes, moment, number, words } from "../i18n/locale";
import { valueNames, type ReasonValues } from "../i18n/reasons";
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
    ${check.reached ? found(check.finding) : html`<p class="detail">${w.skipped}</p>`}
    ${state === "bad" ? html`<p class="detail"><span class="strong">${w.means}.</span> ${plain.bad}</p>` : nothing}
  </li>`;
}

const times: readonly string[] = ["time", "last", "closes"];

/** The values of a refusal as the reader's words show them. */
function shown(values: Extract<Finding, { kind: "refused" }>["values"]): ReasonValues {
  const show = (name: string): string => {
    const value = values[name];
    if (typeof value === "number") return times.includes(name) ? moment(value) : number(value);
    return value ?? "";
  };
  return Object.fromEntries(valueNames.map((name) => [name, show(name)])) as ReasonValues;
}

/** What was found. What an error deep below says stands under its reason, in English. */
function found(finding: Finding): TemplateResult | typeof nothing {
  const w = words().checks;
  if (finding.kind === "passed" || finding.kind === "not_reached") return nothing;
  if (finding.kind !== "refused") return html`<p class="detail">${said(finding)}</p>`;
  return html`${finding.entry === undefined ? nothing : html`<p class="detail strong">${w.atEntry(number(finding.entry))}</p>`}
    <p class="detail"><span class="strong">${w.reason}.</span> ${words().reasons[finding.code](shown(finding.values))}</p>
    ${finding.values["detail"] === undefined ? nothing : html`<p class="detail small" lang="en">${finding.values["detail"]}</p>`}`;
}

function said(finding: Exclude<Finding, { kind: "passed" | "not_reached" | "refused" }>): string {
  const w = words().checks.found;
  switch (finding.kind) {
    case "file":
      return w.file(number(finding.entries), bytes(finding.bytes));
    case "parameters":
      return finding.development ? w.development : w.ceremony;
    case "ledger":
      return w.ledger(finding.name, finding.id);
    case "log":
      return w.log(number(finding.size), finding.root);
    case "signer":
      return w.signer(finding.key);
    case "manifest":
      return w.manifest(finding.title, finding.id);
    case "trustees":
      return w.trustees(number(finding.threshold), number(finding.count));
    case "canaries":
      return w.canaries(number(finding.count));
    case "roll":
      return w.roll(number(finding.voters), number(finding.weight));
    case "replayed": {
      const text = w.replayed(number(finding.ballots), number(finding.counted), number(finding.moved));
      return finding.early === undefined ? text : `${text}, ${w.early(number(finding.early))}`;
    }
    case "batches": {
      const wrong = finding.batches.filter((batch) => batch.wrong > 0);
      return (wrong.length > 0 ? wrong : finding.batches).map(batch).join("; ");
    }
    case "counted":
      return w.counted(number(finding.ballots));
    case "decrypted":
      return w.decrypted(number(finding.trustees));
    case "not_closed":
    case "not_published":
      return w[finding.kind];
  }
}

function batch({ items, count, wrong, entries }: Batch): string {
  const w = words().checks;
  if (wrong === 0) return w.found.valid(number(count), w.items[items]);
  const named = entries.map(number).join(", ");
  return w.found.wrong(number(wrong), number(count), w.items[items], wrong > entries.length ? `${named}, …` : named);
}
