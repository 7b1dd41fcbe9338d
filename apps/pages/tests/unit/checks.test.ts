import { deepEqual, equal, match } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { en } from "../../src/i18n/en";
import { ko } from "../../src/i18n/ko";
import { valueNames, type ReasonValues } from "../../src/i18n/reasons";

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

test("every reason of the engine has words, and every value that they need is given", () => {
  const read = (path: string): string => readFileSync(`../../${path}`, "utf8");
  const codes = [...read("protocol/src/reason.rs").matchAll(/^ {4}\w+ "([a-z-]+)"$/gm)].map((found) => found[1]);
  equal(codes.length > 100, true);
  deepEqual(Object.keys(en.reasons), codes);
  deepEqual(Object.keys(ko.reasons), codes);
  const union = /export type ReasonCode =([\s\S]*?);\n/.exec(read("apps/browser/engine.d.ts"))?.[1] ?? "";
  deepEqual([...union.matchAll(/\| "([a-z-]+)"/g)].map((found) => found[1]), codes);
  const sources = ["protocol/src/reason.rs", "protocol/src/reason/errors.rs", "verifier/src/election/reasons.rs", "verifier/src/record/refusal.rs", "verifier/src/report/reasons.rs"].map(read).join("\n");
  const given = new Set([...sources.matchAll(/\.(?:number|text)\(\s*"(\w+)"/g)].map((found) => found[1]));
  deepEqual([...given].filter((name) => name !== "detail").sort(), [...valueNames]);
});

test("a reason with its values reads as a sentence in both languages", () => {
  for (const words of [en.reasons, ko.reasons]) {
    for (const [code, say] of Object.entries(words)) {
      const values = Object.fromEntries(valueNames.map((name) => [name, `<${name}>`])) as ReasonValues;
      match(`${code}: ${say(values)}`, /^[a-z-]+: .+\.$/);
    }
  }
  const none = Object.fromEntries(valueNames.map((name) => [name, ""])) as ReasonValues;
  for (const [code, say] of Object.entries(ko.reasons)) match(`${code}: ${say(none)}`, /[가-힣]/);
});

test("the fifteen checks have plain words", () => {
  equal(Object.keys(en.checks.list).length, 15);
});
