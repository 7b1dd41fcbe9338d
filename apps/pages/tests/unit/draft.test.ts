import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import "./browser";

const { newDraft, readDraft, usualEpoch } = await import("../../src/engine/draft");
const { nextEpoch } = await import("../../src/engine/epoch");

test("a draft says which fields are wrong", () => {
  const text = newDraft();
  const errors = readDraft(text, 0).errors;
  deepEqual(Object.keys(errors), ["title", "title-0", "options-0", "limits-0"]);
});

test("a draft that is filled in has no errors", () => {
  const text = { ...newDraft(), title: "Board", questions: [{ title: "Who?", kind: "choose" as const, min: "1", max: "2", most: "5", options: "Anna\nJan\n" }] };
  const { draft, errors } = readDraft(text, 0);
  deepEqual(errors, {});
  deepEqual(draft.questions[0]?.options, [{ id: "1", name: "Anna" }, { id: "2", name: "Jan" }]);
});

const filled = () => ({ ...newDraft(), title: "Board", questions: [{ title: "Who?", kind: "rank" as const, min: "1", max: "2", most: "5", options: "Anna\nJan" }] });

test("a ranked question is read with its limits", () => {
  const { draft, errors } = readDraft(filled(), 0);
  deepEqual(errors, {});
  deepEqual(draft.questions[0]?.kind, { type: "rank", min: 1, max: 2 });
  const text = filled();
  deepEqual(Object.keys(readDraft({ ...text, questions: text.questions.map((question) => ({ ...question, max: "3" })) }, 0).errors), ["limits-0"]);
});

test("the length of an epoch follows from the voting time, unless it is given", () => {
  const text = filled();
  equal(usualEpoch(text), 300);
  equal(usualEpoch({ ...text, opens: "2026-01-01T10:00", closes: "2026-01-01T10:06" }), 15);
  equal(usualEpoch({ ...text, opens: "2026-01-01T10:00", closes: "2026-01-01T10:01" }), 5);
  equal(readDraft(text, 0).draft.rules.epoch_seconds, 300);
  equal(readDraft({ ...text, epoch: "60" }, 0).draft.rules.epoch_seconds, 60);
});

test("an epoch in which no right that moved could be used is refused", () => {
  const text = { ...filled(), opens: "2026-01-01T10:00", closes: "2026-01-01T11:00" };
  deepEqual(readDraft({ ...text, epoch: "1800" }, 0).errors, {});
  for (const epoch of ["1801", "0", "1.5", "x"]) deepEqual(Object.keys(readDraft({ ...text, epoch }, 0).errors), ["epoch"]);
});

test("an epoch that has just begun is not the next", () => {
  equal(nextEpoch(299, 300), 300);
  equal(nextEpoch(300, 300), 600);
});

test("disjunctive proofs are for questions with few points", () => {
  equal(readDraft(filled(), 0).draft.rules.ballot_proofs, "compressed");
  const split = (most: string, max: string) => ({ ...filled(), proofs: "disjunctive" as const, questions: [{ title: "How much?", kind: "split" as const, min: "0", max, most, options: "Park\nSchool" }] });
  const { draft, errors } = readDraft(split("5", "10"), 0);
  deepEqual([draft.rules.ballot_proofs, errors], ["disjunctive", {}]);
  // 2 · 1025 numbers of the options, and 2046 of the sum, are within the bound, and one more is not.
  deepEqual(readDraft(split("1024", "2045"), 0).errors, {});
  const { proofs, ...others } = readDraft(split("1024", "2046"), 0).errors;
  match(proofs ?? "", /^Disjunctive proofs for these questions would be too large/);
  deepEqual(others, {});
  deepEqual(readDraft({ ...split("1024", "2046"), proofs: "compressed" }, 0).errors, {});
});

test("hidden weights need a time before voting opens, and no rankings", () => {
  const chosen = { ...filled(), weights: "hidden" as const, questions: [{ title: "Who?", kind: "choose" as const, min: "1", max: "1", most: "5", options: "Anna\nJan" }] };
  const opens = Math.floor(new Date(chosen.opens).getTime() / 1000);
  const { draft, errors } = readDraft(chosen, opens - 1);
  deepEqual([draft.rules.weights, errors], ["hidden", {}]);
  equal(readDraft(filled(), 0).draft.rules.weights, "one");
  deepEqual(readDraft(chosen, opens).errors, { opens: "Rights of hidden weight are sent before voting opens. Choose a later time, which leaves room for registration, for the ceremony, and for some seconds for each voter." });
  deepEqual(readDraft({ ...chosen, weights: "one" }, opens).errors, {});
  const ranked = readDraft({ ...chosen, questions: filled().questions }, 0).errors;
  deepEqual(Object.keys(ranked), ["limits-0"]);
  match(ranked["limits-0"] ?? "", /^Rankings are published one by one/);
});
