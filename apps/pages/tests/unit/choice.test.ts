import { equal } from "node:assert/strict";
import { test } from "node:test";
import "./browser";

const { choiceError } = await import("../../src/components/choice-rules");
const options = ["a", "b", "c"].map((id) => ({ id, name: id.toUpperCase() }));

test("a choice of too many options says how many may be", () => {
  const question = { title: "", options, kind: { type: "choose" as const, min: 1, max: 1 } };
  equal(choiceError(question, [1, 0, 0]), undefined);
  equal(choiceError(question, [1, 1, 0]), "Too many: 2, and at most 1 may be. Take some back.");
  equal(choiceError(question, [0, 0, 0]), "Too few: 0 of at least 1. Choose more.");
});

test("points beyond the most of an option are refused with its name", () => {
  const question = { title: "", options, kind: { type: "score" as const, most: 5, blank: false } };
  equal(choiceError(question, [5, 0, 0]), undefined);
  equal(choiceError(question, [0, 6, 0]), "B: give a whole number from 0 to 5.");
  equal(choiceError(question, [0, 1.5, 0]), "B: give a whole number from 0 to 5.");
  equal(choiceError(question, [0, 0, 0]), "Give at least one point.");
});

test("points that are split must be all of them", () => {
  const question = { title: "", options, kind: { type: "split" as const, most: 10, min: 10, max: 10 } };
  equal(choiceError(question, [4, 6, 0]), undefined);
  equal(choiceError(question, [4, 5, 0]), "Too few: 9 of at least 10. Choose more.");
});
