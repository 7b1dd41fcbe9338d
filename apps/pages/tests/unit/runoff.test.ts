import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Question, Runoff } from "../../../browser/engine";
import "./browser";

const { standings, transfers } = await import("../../src/components/runoff-rules");
const { chosenText } = await import("../../src/components/choice-rules");

const question: Question = { title: "Where?", kind: { type: "rank", min: 1, max: 4 }, options: ["Łódź", "Seoul", "Graz", "Bern"].map((name, index) => ({ id: String(index + 1), name })) };
const runoff: Runoff = {
  winner: 1,
  spoiled: 0,
  rounds: [
    { votes: [5, 4, 3, 1], exhausted: 0, eliminated: 3 },
    { votes: [5, 4, 4, 0], exhausted: 0, eliminated: 2 },
    { votes: [5, 7, 0, 0], exhausted: 1, eliminated: null },
  ],
};

test("options stand in the order in which they went out, the winner first", () => {
  deepEqual(standings(question, runoff).map(({ name, out }) => [name, out]), [["Seoul", undefined], ["Łódź", undefined], ["Graz", 1], ["Bern", 0]]);
});

test("votes of the option that went out are told with where they went", () => {
  deepEqual(transfers(runoff, 0), [{ option: 2, gained: 1 }]);
  deepEqual(transfers(runoff, 1), [{ option: 1, gained: 3 }]);
  deepEqual(transfers(runoff, 2), []);
});

test("a ranking is shown with its ranks, points with their number", () => {
  deepEqual(chosenText({ question: "", chosen: [{ id: "2", name: "Seoul", rank: 1 }, { id: "1", name: "Łódź", rank: 2 }] }), "1. Seoul, 2. Łódź");
  deepEqual(chosenText({ question: "", chosen: [{ id: "2", name: "Seoul", points: 7 }] }), "Seoul (7)");
  deepEqual(chosenText({ question: "", chosen: [] }), "—");
});
