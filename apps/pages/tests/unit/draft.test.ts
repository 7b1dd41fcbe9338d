import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import "./browser";

const { namesError, namesOfTable, newDraft, readDraft } = await import("../../src/engine/draft");

test("names come from the first column of a table, without its heading", () => {
  deepEqual(namesOfTable('name;town\n"Nowak; Anna";Łódź\nJan;Kraków\n'), ["Nowak; Anna", "Jan"]);
  deepEqual(namesOfTable("김하나,서울\r\n이두리,부산"), ["김하나", "이두리"]);
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
