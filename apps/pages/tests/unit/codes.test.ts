import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { Gathering, base45, fromBase45, toCodes } from "../../src/components/codes";

const text = (bytes: string): Uint8Array => new TextEncoder().encode(bytes);

test("base45 gives the examples of RFC 9285", () => {
  equal(base45(text("AB")), "BB8");
  equal(base45(text("Hello!!")), "%69 VD92EX0");
  deepEqual(fromBase45("QED8WEX0"), text("ietf!"));
});

test("base45 that no bytes give is refused", () => {
  throws(() => fromBase45("GGW:"));
  throws(() => fromBase45("a"));
});

test("a file comes back from its codes in any order", () => {
  const file = Uint8Array.from({ length: 2500 }, (_, index) => (index * 31) & 0xff);
  const codes = toCodes(file).reverse();
  const gathering = new Gathering();
  const last = codes.pop() ?? "";
  for (const code of codes) equal(gathering.take(code), undefined);
  deepEqual(gathering.take(last), file);
});

test("a code that was altered does not give a file", () => {
  const codes = toCodes(Uint8Array.from({ length: 800 }, () => 7));
  const gathering = new Gathering();
  gathering.take(codes[0] ?? "");
  throws(() => gathering.take((codes[1] ?? "").replace(/.$/, (end) => (end === "0" ? "1" : "0"))));
});

test("a code of another file begins anew", () => {
  const one = toCodes(Uint8Array.from({ length: 800 }, () => 1));
  const two = toCodes(Uint8Array.from({ length: 800 }, () => 2));
  const gathering = new Gathering();
  gathering.take(one[0] ?? "");
  gathering.take(two[1] ?? "");
  equal(gathering.have, 1);
});
