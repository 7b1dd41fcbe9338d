// The pages of voter and payer over an engine of fixed answers, in the shapes of engine.d.ts: what each step shows, in each look.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { contextOf, launch, looks, objections, serveDist } from "./support.mjs";

const hex = (byte, length = 32) => byte.repeat(length);
const tracker = "0123456789abcdef".repeat(4);
const questions = [
  { title: "Who shall sit on the board?", kind: { type: "choose", min: 1, max: 2 }, options: [{ id: "1", name: "Anna Nowak" }, { id: "2", name: "Jan Kowalski" }, { id: "3", name: "Ewa Lis" }] },
  { title: "How is the money split?", kind: { type: "split", most: 10, min: 10, max: 10 }, options: [{ id: "1", name: "Library" }, { id: "2", name: "Playground" }] },
  { title: "Which day?", kind: { type: "rank", min: 1, max: 3 }, options: [{ id: "1", name: "Friday" }, { id: "2", name: "Saturday" }, { id: "3", name: "Sunday" }] },
];
const rules = { delegation: true, revoting: true, weights: "one", ballot_proofs: "compressed", smallest_group: 5, epoch_seconds: 300 };
const summary = { id: hex("4f"), title: "Election of the board", stage: "open", opens: 1790000000, closes: 1890086400, voters: 608, total_weight: 608, ballots: 10, counted: 10, turnout: 0.1 };
const election = { ...summary, registration: hex("11"), questions, rules, trustees: { threshold: 2, names: ["A", "B", "C"] }, log: { origin: "tabella/election/4f", hash: hex("22"), size: 9, root: hex("33") }, results: null, runoffs: null };
const ledger = { id: hex("ef"), name: "tabella", key: hex("cd"), verifier_key: "tabella+1234abcd+AbCd", production: false, height: 3, entries: 9, time: 1790000000, now: 1790000000, verifying_keys: [], log: hex("44"), elections: 1, assets: 1 };
const history = [
  { asset: "1", name: "Euro", decimals: 2, time: 1790000000, entry: 4, transaction: tracker, direction: "in", amount: "12050", counterparty: "issuer cdcd", memo: { text: "Rent for May" } },
  { asset: "1", name: "Euro", decimals: 2, time: 1790001000, entry: 7, transaction: tracker, direction: "out", amount: "50", counterparty: `tab1${"q".repeat(120)}`, memo: { hex: `ff01${"00".repeat(510)}` } },
];
/** What the engine answers to a call of a name; `$handle` is an object, `$turns` are answers in turn, `$error` is thrown. */
const answers = {
  generate: { $handle: 1 }, fromWords: { $handle: 1 }, words: Array.from({ length: 24 }, (_, place) => `word${place + 1}`).join(" "),
  address: `tabvote1${"q".repeat(120)}`, votingAddress: `tabvote1${"q".repeat(120)}`, delegateAddress: `tabvote1${"p".repeat(120)}`, append: 9, entries: 0, checkCheckpoint: null,
  state: { ...election, election: summary.id, ledger: hex("ef"), authority: hex("aa"), entries: 9, log_root: hex("33"), transfers: 0, early_transfers: 0, distribution_transfers: 0 },
  sync: [
    { position: 3, weight: 1, holding: "own", state: { cast: false } },
    { position: 8, weight: 1, holding: "delegated", state: { cast: true, by: "holder", entry: 4, revision: 0 } },
    { position: 9, weight: 1, holding: "given-away", state: { cast: false } },
  ],
  pinnedKeys: [{ shape: "cast", hash: hex("55"), id: hex("66"), origin: "development" }, { shape: "transfer", hash: hex("55"), id: hex("66"), origin: "development" }],
  keyHash: hex("55"), load: "cast", isLoaded: false, prepare: { $handle: 2 }, tracker, choice: questions.map((question) => ({ question: question.title, chosen: question.options.slice(0, 1).map((option) => (question.kind.type === "rank" ? { ...option, rank: 1 } : option)) })), prove: null,
  audit: new Array(1900).fill(7), cast: [1, 2, 3],
  checkReceipt: { election: summary.id, title: summary.title, tracker, accepted: 1790000000, entry: 4, log_size: 9, log_root: hex("33"), path: [hex("71"), hex("72"), hex("73")], ledger: { name: "tabella", key: hex("cd") }, checkpoint: "tabella/election/4f\n9\nMzM=\n\n— tabella AbCd" },
  canSpend: true, sees: "all", balances: [{ asset: "1", name: "Euro", decimals: 2, spendable: "12000", reserved: "0", to_claim: "0", to_refund: "0" }], history, readAddress: { kind: "payment" }, parseAmount: "99999999",
  readRequest: [{ asset: "1", name: "Euro", decimals: 2, to: `tab1${"q".repeat(120)}`, amount: "1250", memo: { text: "Invoice 7 & 8" }, payee: "Blaise’s bakery", message: null }], formatAmount: "12.50",
};

/** Stands where the worker with the WebAssembly would be. Lists of numbers are bytes. */
function fixedWorker(table) {
  window.Worker = class {
    postMessage({ id, op, name, args }) {
      if (!id) return;
      (window.engineCalls ??= []).push({ name, args });
      const listed = op === "new" ? { $handle: 9 } : table[name];
      const answer = listed?.$turns === undefined ? listed : listed.$turns.length > 1 ? listed.$turns.shift() : listed.$turns[0];
      if (answer?.$error !== undefined) {
        setTimeout(() => this.onmessage?.({ data: { id, error: answer.$error } }), 2);
        return;
      }
      const value = Array.isArray(answer) && typeof answer[0] === "number" ? Uint8Array.from(answer) : answer;
      setTimeout(() => this.onmessage?.({ data: { id, value } }), 2);
    }
    terminate() {}
  };
}

let browser;
let site;
const json = (value) => ["application/json", JSON.stringify(value)];
before(async () => {
  site = await serveDist({
    "/v1/elections": json({ elections: [summary], next: null }),
    [`/v1/elections/${summary.id}`]: json(election),
    "/v1/ledger": json(ledger),
    [`/v1/elections/${summary.id}/entries`]: ["application/octet-stream", ""],
    "/v1/entries": ["application/octet-stream", ""],
    [`/v1/logs/${hex("22")}/checkpoint`]: ["text/plain", "x"],
    [`/v1/logs/${hex("44")}/checkpoint`]: ["text/plain", "x"],
    [`/v1/keys/${hex("55")}`]: ["application/octet-stream", "key"],
    "/v1/transactions": json({ digest: tracker, time: 1, height: 1, entry: 1, log: { origin: "", hash: "", leaf: 1 } }),
    [`/v1/elections/${summary.id}/receipts/${tracker}`]: ["application/octet-stream", "receipt"],
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

for (const look of looks) {
  const korean = look.locale === "ko-KR";
  const show = async (page, name) => {
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} is wider than the screen`);
    assert.deepEqual(await objections(page), [], name);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}-${look.width}-${look.colorScheme}.png`, fullPage: true });
  };
  const start = async (path, more = {}) => {
    const context = await contextOf(browser, look);
    await context.addInitScript(fixedWorker, { ...answers, ...more });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(site.base + path);
    return page;
  };
  const restore = async (page) => {
    await page.locator("tb-seed li .button").nth(2).click();
    await page.fill("#all-words", answers.words);
    await page.locator("tb-seed button[type=submit]").click();
  };

  test(`a new key is written down and checked before it is used: ${look.name}`, async () => {
    const page = await start("/wallet");
    await page.locator("tb-seed li .button").first().click();
    await page.locator(".words li").first().waitFor();
    assert.equal(await page.locator(".words li").count(), 24);
    await show(page, "words");
    await page.locator("tb-seed .button").first().click();
    for (const input of await page.locator("input[id^=word-]").all()) await input.fill("wrong");
    await page.locator("tb-seed button[type=submit]").click();
    await page.locator("tb-seed .error").nth(2).waitFor();
    await show(page, "words-wrong");
    for (const input of await page.locator("input[id^=word-]").all()) await input.fill(`WORD${Number((await input.getAttribute("id")).slice(5)) + 1} `);
    await page.locator("tb-seed button[type=submit]").click();
    await page.fill("#new-passphrase", "short");
    await page.locator("tb-seed button[type=submit]").click();
    assert.equal(await page.locator("#new-passphrase-error").count(), 1);
    await page.context().close();
  });

  test(`a voter chooses, reviews, audits, casts and holds a receipt: ${look.name}`, async () => {
    const page = await start("/booth");
    await page.locator(".list .button").first().click();
    await restore(page);
    await page.locator('[data-right="3"]').waitFor();
    await show(page, "rights");
    await page.locator('[data-right="3"] .button').first().click();
    await page.locator("form button[type=submit]").click();
    await page.locator("fieldset .error-text").nth(1).waitFor();
    await page.locator("fieldset input[type=checkbox]").first().check();
    await page.fill("#q1-0", "4");
    await page.fill("#q1-1", "6");
    await page.selectOption("#q2-0", "2");
    await page.locator("fieldset .error-text").waitFor();
    await page.selectOption("#q2-2", "1");
    assert.equal(await page.locator("fieldset .error-text").count(), 0, "what is mended is still said to be wrong");
    await show(page, "choice");
    await page.locator("form button[type=submit]").click();
    await page.locator("[data-tracker]").waitFor();
    await page.getByText(korean ? "증명이 준비되었습니다" : "The proof is ready").waitFor();
    await show(page, "review");
    await page.locator(".button.second").click();
    await page.locator(".qr").waitFor();
    await show(page, "opened");
    await page.locator(".button.second").last().click();
    await page.locator("fieldset input[type=checkbox]").first().check();
    await page.fill("#q1-0", "10");
    await page.selectOption("#q2-1", "1");
    await page.locator("form button[type=submit]").click();
    await page.locator(".button.large").click();
    await page.locator('.verdict[data-kind="good"]').waitFor();
    await show(page, "receipt");
    // On paper it is dark on white, whatever the screen, and holds what was checked.
    await page.emulateMedia({ media: "print" });
    const { ink, paper } = await page.evaluate(() => ({ ink: getComputedStyle(document.body).color, paper: getComputedStyle(document.body).backgroundColor }));
    assert.deepEqual([ink, paper], ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
    assert.deepEqual(await page.locator("[data-path] li:visible").allInnerTexts(), answers.checkReceipt.path);
    assert.equal(await page.locator("pre:visible").innerText(), answers.checkReceipt.checkpoint);
    assert.equal(await page.locator(".qr").isVisible(), true);
    assert.equal(await page.locator("button:visible").count(), 0);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/printed-${look.width}-${look.colorScheme}.png`, fullPage: true });
    await page.context().close();
  });

  test(`a right that changed hands in this epoch is waited for, and the ballot goes on by itself: ${look.name}`, async () => {
    const young = { $error: { code: "time", message: "this right is younger than the present epoch: try again in 7 seconds" } };
    const state = (seconds, closes) => ({ ...answers.state, opens: 0, closes, rules: { ...rules, epoch_seconds: seconds } });
    const toReview = async (page) => {
      await page.locator(".list .button").first().click();
      await restore(page);
      await page.locator('[data-right="3"] .button').first().click();
      await page.locator("fieldset input[type=checkbox]").first().check();
      await page.fill("#q1-0", "10");
      await page.selectOption("#q2-1", "1");
      await page.locator("form button[type=submit]").click();
    };
    const page = await start("/booth", { prepare: { $turns: [young, young, { $handle: 2 }] }, state: state(6, 4000000000) });
    await toReview(page);
    const timer = page.locator("[role=timer]");
    await timer.waitFor();
    assert.ok(await page.evaluate(() => document.activeElement?.tagName === "H1"), "the heading is not told");
    assert.match(await timer.innerText(), korean ? /[0-9]초/ : /[0-9] s/);
    await show(page, "young");
    await page.locator("[data-tracker]").waitFor({ timeout: 20_000 });
    await page.context().close();
    // Back leads to the choice as it was, and nothing goes on behind it.
    const back = await start("/booth", { prepare: young, state: state(3000, 4000000000) });
    await toReview(back);
    await back.locator("[role=timer]").waitFor();
    await back.locator(".button.second").click();
    assert.equal(await back.locator("#q1-0").inputValue(), "10");
    await back.context().close();
    const late = await start("/booth", { prepare: young, state: state(2000000000, 1999999999) });
    await toReview(late);
    await late.locator(".panel.bad").waitFor();
    assert.equal(await late.locator("[role=timer]").count(), 0);
    await late.context().close();
  });

  test(`hidden weights are chosen and imported, and who will know what of them is told: ${look.name}`, async () => {
    const page = await start("/admin");
    const drop = (content) => page.locator("tb-drop input").setInputFiles({ name: "roll.csv", mimeType: "text/csv", buffer: Buffer.from(content) });
    await page.locator("section[aria-labelledby=fresh] button").click();
    await page.fill("#title", "Meeting");
    await page.fill("#title-0", "The mill?");
    await page.fill("#options-0", "Build\nSell");
    await page.locator("input[name=weights][value=hidden]").check();
    await show(page, "admin-weights");
    await page.locator("button.large").click();
    await drop("name,weight\nAda,5\nBlaise,0\n");
    assert.match(await page.locator("#roll-error").innerText(), korean ? /^3번째 줄: ‘Blaise’의 가중치가 0인데/ : /^Line 3: “Blaise” has weight 0, /);
    await drop("이름;가중치\n김하나;5\n이두리;3\n박세찬;1\n");
    await page.locator("#roll-error").waitFor({ state: "detached" });
    assert.equal(await page.inputValue("#roll"), "김하나; 5\n이두리; 3\n박세찬; 1");
    assert.deepEqual(await page.locator("[data-shown] .facts dd").allInnerTexts(), ["3", "9", "2"]);
    await show(page, "admin-weights-roll");
    // Back to one vote each: the weights that were imported are not passed over.
    await page.locator("button.plain").last().click();
    await page.locator("input[name=weights][value=one]").check();
    await page.locator("button.large").click();
    await page.fill("#trustees", "Xenia\nYves");
    await page.locator("button.large").click();
    assert.match(await page.locator("#roll-error").innerText(), korean ? /^1번째 줄: ‘김하나; 5’은\(는\) 가중치로 끝나는데/ : /^Line 1: “김하나; 5” ends in a weight/);
    await page.context().close();
  });

  test(`a wallet shows what it has, and refuses to pay more: ${look.name}`, async () => {
    const page = await start("/wallet");
    await restore(page);
    await page.locator("[data-balance]").waitFor();
    await show(page, "wallet-open");
    assert.deepEqual(await page.locator(".memo").allInnerTexts(), [look.locale === "ko-KR" ? "텍스트가 아님: ff01" : "Not text: ff01", "Rent for May"]);
    await page.fill("#to", "tab1");
    await page.fill("#amount", "999999.99");
    await page.locator("form:has(#to) button[type=submit]").click();
    assert.match(await page.locator("#amount-error").innerText(), /120/);
    // A request is filled in; whose words are whose is said.
    await page.fill("#to", `tabella:tab1${"q".repeat(120)}?amount=12.50&asset=1&memo=SW52b2ljZSA3ICYgOA`);
    await page.getByText("Blaise’s bakery").waitFor();
    assert.deepEqual([await page.inputValue("#to"), await page.inputValue("#amount"), await page.inputValue("#memo")], [`tab1${"q".repeat(120)}`, "12.50", "Invoice 7 & 8"]);
    assert.equal(await page.locator("#to-error").count(), 0);
    await show(page, "wallet-request-read");
    await page.context().close();
  });
}

const won = (id) => ({ asset: hex(id), name: "Won", decimals: 2, spendable: "12000", reserved: "0", to_claim: "0", to_refund: "0" });
const asking = (more) => ({ asset: hex("b2"), name: "Won", decimals: 2, to: `tab1${"q".repeat(120)}`, amount: "1250", memo: { text: "Invoice 7 & 8" }, payee: null, message: null, ...more });

/** The wallet's page over an engine of fixed answers; `calls` gives what calls of a name were made with. */
async function walletWith(more) {
  const context = await contextOf(browser, looks[0]);
  await context.addInitScript(fixedWorker, { ...answers, ...more });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${site.base}/wallet`);
  await page.locator("tb-seed li .button").nth(2).click();
  await page.fill("#all-words", answers.words);
  await page.locator("tb-seed button[type=submit]").click();
  await page.locator("[data-balance]").first().waitFor();
  const calls = (name) => page.evaluate((wanted) => window.engineCalls.filter((call) => call.name === wanted).map(({ args }) => args), name);
  return { page, calls };
}

test("the asset that is shown is the one that is paid, though another was picked by hand before the request", async () => {
  const { page, calls } = await walletWith({ balances: [won("a1"), won("b2"), won("c3")], readRequest: [asking({})], parseAmount: "1250", send: { step: "pay", transaction: [1], digest: tracker } });
  // Three of one name: each is shown with its id.
  assert.deepEqual(await page.locator("#asset option").allInnerTexts(), ["Won a1a1a1a1…", "Won b2b2b2b2…", "Won c3c3c3c3…"]);
  for (const picked of [hex("c3"), hex("a1"), hex("b2")]) {
    await page.selectOption("#asset", picked);
    await page.fill("#to", `tabella:tab1${"q".repeat(120)}?amount=12.50&asset=${hex("b2")}`);
    await page.getByText("Filled in from a request").waitFor();
    assert.equal(await page.inputValue("#asset"), hex("b2"), `after ${picked.slice(0, 2)} was picked`);
    assert.match(await page.locator("#asset-id").innerText(), /^b2b2b2b2 /);
    // A plain address in its place: nothing of the request goes to it.
    await page.fill("#to", `tab1${"p".repeat(120)}`);
    await page.getByText("Filled in from a request").waitFor({ state: "detached" });
    assert.deepEqual([await page.inputValue("#amount"), await page.inputValue("#memo")], ["", ""]);
  }
  await page.selectOption("#asset", hex("c3"));
  await page.fill("#to", `tabella:tab1${"q".repeat(120)}?amount=12.50&asset=${hex("b2")}`);
  await page.getByText("Filled in from a request").waitFor();
  // The proving key is long in coming; what is scanned or typed meanwhile changes nothing.
  let arrives;
  const key = new Promise((resolve) => (arrives = resolve));
  await page.route("**/v1/keys/**", async (route) => {
    await key;
    await route.continue();
  });
  await page.locator("form:has(#to) button[type=submit]").click();
  await page.locator("#memo[readonly]").waitFor();
  await page.evaluate(() => {
    for (const [id, text] of [["to", `tab1${"z".repeat(120)}`], ["memo", "something else"], ["amount", "99"]]) {
      const field = document.getElementById(id);
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  await page.evaluate((text) => document.querySelector("section[aria-labelledby=send] tb-scan").receive(text), `tab1${"y".repeat(120)}`);
  arrives();
  await page.getByText("The ledger has accepted the payment.").waitFor();
  const [[, order]] = await calls("send");
  assert.deepEqual(order, { to: `tab1${"q".repeat(120)}`, asset: hex("b2"), amount: "1250", memo: "Invoice 7 & 8" });
  await page.context().close();
});

test("a request for several payments is opened to be read, and stays where it is if the desk does not open", async () => {
  const said = (en) => ({ en, ko: en });
  const lines = { id: "request", label: said("Request"), hint: said(""), kind: { type: "lines" }, optional: false };
  const form = (id) => ({ id, role: said("Payer"), title: said(id), about: said(""), fields: [lines], proves: false });
  const payments = { application: "payments", forms: [form("read-request"), form("pay-request")] };
  const request = `tabella:tab1${"q".repeat(120)}?amount=1&address.1=tab1${"p".repeat(120)}`;
  const desks = { $turns: [{ $error: { code: "internal", message: "not now" } }, [payments]] };
  const { page } = await walletWith({ readRequest: [asking({}), asking({ amount: "1" })], desks, assets: [] });
  await page.fill("#to", request);
  await page.locator(".panel.bad").waitFor();
  assert.equal(await page.inputValue("#to"), request);
  // Asked for once more, the desk opens: with the form that pays nothing.
  await page.locator("form:has(#to) button[type=submit]").click();
  await page.locator("[data-form=read-request]").waitFor();
  await page.waitForFunction((text) => document.querySelector("#desk-request")?.value === text, request);
  assert.equal(await page.inputValue("#to"), "");
  await page.context().close();
});

test("every invitation is printed, however many there are", async () => {
  const names = Array.from({ length: 620 }, (_, place) => `Voter ${place + 1}`);
  const drawn = (count) => Array.from({ length: count }, (_, place) => ({ token: String(place).padStart(32, "0"), id: String(place).padStart(64, "0") }));
  const context = await contextOf(browser, looks[0]);
  await context.addInitScript(fixedWorker, { ...answers, writeDraft: [1], publicKey: hex("aa"), invite: { $turns: [drawn(2), drawn(names.length)] }, invitationsBody: [1], seal: [1], openBoard: [1], boardMessage: [1], registrationsQuery: [1] });
  await context.route("**/v1/boards**", (route) => route.fulfill({ json: { authority: hex("aa"), messages: [], next: null, sequence: 1 } }));
  await context.route("**/registrations/query", (route) => route.fulfill({ headers: { "tabella-first": "0", "tabella-next": "0", "tabella-size": "0" }, body: "" }));
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  await page.goto(`${site.base}/admin`);
  await page.evaluate(() => {
    window.print = () => {
      window.printed = document.querySelectorAll("[data-sheet] .qr svg path").length;
      dispatchEvent(new Event("afterprint"));
    };
  });
  await page.locator("section[aria-labelledby=fresh] button").click();
  await page.fill("#title", "Board");
  await page.fill("#title-0", "Who?");
  await page.fill("#options-0", "Anna\nJan");
  await page.locator("button.large").click();
  await page.locator("tb-drop input").setInputFiles({ name: "roll.csv", mimeType: "text/csv", buffer: Buffer.from(`name,weight\n${names.map((name, place) => `${name},${place === 7 ? 3 : 1}`).join("\n")}\n`) });
  assert.match(await page.locator("#roll-error").innerText(), /“Voter 8” has weight “3”/);
  await page.locator("tb-drop input").setInputFiles({ name: "roll.csv", mimeType: "text/csv", buffer: Buffer.from(`name,weight\n${names.map((name) => `${name},1`).join("\n")}\n`) });
  await page.locator("#roll-error").waitFor({ state: "detached" });
  await page.fill("#trustees", "Xenia\nYves");
  await page.locator("button.large").click();
  await page.fill("#new-passphrase", "correct horse battery");
  await page.fill("#new-passphrase-again", "correct horse battery");
  await page.locator("button.large").click();
  await page.getByRole("button", { name: "Print invitations" }).click();
  await page.waitForFunction(() => window.printed !== undefined);
  assert.equal(await page.evaluate(() => window.printed), names.length + 2);
  await page.locator("[data-sheet]").first().waitFor({ state: "detached" });
  await page.context().close();
});

test("what the engine and the node refuse is said in the reader's language, and English is marked as such", async () => {
  const english = "this right was delegated, recalled or moved on";
  const cases = [
    { thrown: { code: "right", detail: "moved", message: english }, said: "위임되었거나 회수되었거나 옮겨진 투표권입니다.", marked: [] },
    { thrown: { code: "choice", message: "the choice is wrong" }, said: "선택이 질문과 맞지 않습니다.", marked: ["the choice is wrong"] },
    { thrown: { code: "unheard-of", message: "something new" }, said: "예상하지 못한 일이 일어났습니다.", marked: ["something new"] },
  ];
  for (const { thrown, said, marked } of cases) {
    const context = await contextOf(browser, looks[3]);
    await context.addInitScript(fixedWorker, { ...answers, prepare: { $error: thrown }, sync: [{ ...answers.sync[0], unusable: undefined }, { ...answers.sync[1], unusable: { reason: "expires", message: "in English" } }] });
    const page = await context.newPage();
    await page.goto(`${site.base}/booth`);
    await page.locator(".list .button").first().click();
    await page.locator("tb-seed li .button").nth(2).click();
    await page.fill("#all-words", answers.words);
    await page.locator("tb-seed button[type=submit]").click();
    assert.match(await page.locator('[data-right="8"]').innerText(), /선거 마감 전에 끝나는 기간으로/);
    assert.doesNotMatch(await page.locator('[data-right="8"]').innerText(), /English/);
    await page.locator('[data-right="3"] .button').first().click();
    await page.locator("fieldset input[type=checkbox]").first().check();
    await page.fill("#q1-0", "10");
    await page.selectOption("#q2-1", "1");
    await page.locator("form button[type=submit]").click();
    const panel = page.locator(".panel.bad");
    await panel.waitFor();
    assert.ok((await panel.innerText()).includes(said), await panel.innerText());
    assert.deepEqual(await panel.locator("[lang=en]").allInnerTexts(), marked);
    await context.close();
  }
});
