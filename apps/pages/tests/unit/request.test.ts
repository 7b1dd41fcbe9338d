import { equal } from "node:assert/strict";
import { test } from "node:test";
import { isRequest, payable } from "../../src/components/request";

test("a request is known by its scheme, and keeps every letter as it is", () => {
  const request = "tabella:tab1qqq?amount=1.00&asset=00ff&memo=aW52b2ljZSA3&req-ledger=00ff";
  equal(isRequest(request), true);
  equal(payable(` ${request}\n`), request);
  const shouted = request.replace("tabella:", "TABELLA:");
  equal(isRequest(shouted), true);
  equal(payable(shouted), shouted);
});

test("an address is read from a code in upper case, and nothing else changes its case", () => {
  equal(isRequest("TAB1QQQ"), false);
  equal(payable(" TAB1QQQ "), "tab1qqq");
  equal(payable("tab1qqq"), "tab1qqq");
  equal(payable("Tabview1Q"), "Tabview1Q");
  equal(payable("https://Example.org/Tab1"), "https://Example.org/Tab1");
});
