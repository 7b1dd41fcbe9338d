import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import "./browser";

const { namesError, namesOfTable, newDraft, readDraft, usualEpoch } = await import("../../src/engine/draft");
const { nextEpoch } = await import("../../src/engine/epoch");

test("names come from the first column of a table, without its heading, or from the column that is headed so", () => {
  deepEqual(namesOfTable('name;town\n"Nowak; Anna";Łódź\nJan;Kraków\n'), { names: ["Nowak; Anna", "Jan"] });
  deepEqual(namesOfTable("김하나,서울\r\n이두리,부산"), { names: ["김하나", "이두리"] });
  deepEqual(namesOfTable('number,Name\n1,"Ada ""the first"""\n\n2,Blaise'), { names: ['Ada "the first"', "Blaise"] });
});

test("weights of a table are refused unless each is 1, and the culprit is named", () => {
  deepEqual(namesOfTable("name,weight\nAda,1\nBlaise,1"), { names: ["Ada", "Blaise"] });
  for (const [weight, said] of [["2", "“2”"], ["1.0", "“1.0”"], ["", "(nothing)"]] as const) {
    const { names, error } = namesOfTable(`name;weight\nAda;1\nBlaise;${weight}`);
    deepEqual(names, []);
    match(error ?? "", new RegExp(`“Blaise” has weight ${said.replace(/[.()]/g, "\\$&")}`));
  }
});

test("a name that stands twice is said with its line", () => {
  equal(namesError(["A", "B", "A"]), "Line 3: “A” is there already. Remove it, or tell the two apart.");
  equal(namesError([]), "There must be at least one voter, and no name twice.");
});

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
