import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { en } from "../../src/i18n/en";
import { ko } from "../../src/i18n/ko";

const paths = (value: object, prefix = ""): string[] =>
  Object.entries(value).flatMap(([name, inner]) => (typeof inner === "object" && inner !== null ? paths(inner as object, `${prefix}${name}/`) : [`${prefix}${name}`]));

test("every word is there in both languages", () => {
  deepEqual(paths(ko), paths(en));
});

test("the fifteen checks have plain words", () => {
  equal(Object.keys(en.checks.list).length, 15);
});
