import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { en } from "../../src/i18n/en";
import { ko } from "../../src/i18n/ko";

const paths = (value: object, prefix = ""): string[] =>
  Object.entries(value).flatMap(([name, inner]) => (typeof inner === "object" && inner !== null ? paths(inner as object, `${prefix}${name}/`) : [`${prefix}${name}`]));

test("every word is there in both languages", () => {
  deepEqual(paths(ko), paths(en));
});

test("every problem of the node has words, and no other has", () => {
  const rows = readFileSync("../../docs/node.md", "utf8").matchAll(/^\| `([a-z-]+)` \| \d{3} \|/gm);
  deepEqual(Object.keys(en.problems.node).sort(), [...rows].map((row) => row[1]).sort());
});

test("every kind of rule by which a node refuses has words", () => {
  const named = /member `rule`: ([^|]*?) \|/.exec(readFileSync("../../docs/node.md", "utf8"))?.[1] ?? "";
  deepEqual(Object.keys(en.problems.rules), [...named.matchAll(/`([a-z]+)`/g)].map((found) => found[1]));
});

test("every code of the engine has words, and every reason of a right", () => {
  const words = readFileSync("../browser/engine.d.ts", "utf8");
  const union = (name: string): (string | undefined)[] => [...(new RegExp(`export type ${name} =([\\s\\S]*?);\n`).exec(words)?.[1] ?? "").matchAll(/\| "([a-z-]+)"/g)].map((found) => found[1]);
  deepEqual(Object.keys(en.problems.engine), union("ErrorCode"));
  deepEqual(Object.keys(en.problems.rights), union("UnusableReason"));
});

test("the fifteen checks have plain words", () => {
  equal(Object.keys(en.checks.list).length, 15);
});
