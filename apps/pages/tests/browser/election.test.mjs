// A whole election in browsers: authority, three trustees, voters and a delegate, each in a context of its own, over a real node
// and the real engine. Then its record: verified, tampered with, and verified by the file that stands alone.
//
// Needs the command line with `serve` (TABELLA, or target/release or target/debug) and pages with the engine (`make pages`).
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { button, makeFolder, minute, openPage, passphrase, skip, startNode } from "./node.mjs";
import { contextOf, dist, launch, looks, objections } from "./support.mjs";

/** Seconds: long enough that the delegate comes before the next one begins. */
const epoch = 45;

let browser;
let folder;
let node;
let base;

before(async () => {
  if (skip !== false) return;
  folder = makeFolder();
  node = await startNode(folder.folder);
  base = node.base;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  node?.stop();
  folder?.remove();
});

const open = (address) => openPage(browser, address);

/** Makes a key, as a voter does: writes the words down, types three of them, saves the file. */
async function makeKey(page) {
  await button(page, "Make a new key").click();
  await page.locator(".words li").first().waitFor();
  const seed = await page.locator(".words li").allInnerTexts();
  assert.equal(seed.length, 24);
  await button(page, "I have written them down").click();
  for (const input of await page.locator("input[id^=word-]").all()) {
    const place = Number((await input.getAttribute("id")).slice(5));
    await input.fill(seed[place].trim());
  }
  await button(page, "Continue").click();
  await page.fill("#new-passphrase", passphrase);
  await page.fill("#new-passphrase-again", passphrase);
  const download = page.waitForEvent("download");
  await button(page, "Encrypt and save").click();
  await (await download).path();
  await button(page, "Go on").click();
  return seed.map((word) => word.trim()).join(" ");
}

async function trustee(link, name) {
  const page = await open(link);
  await page.fill("#name", name);
  await page.fill("#new-passphrase", passphrase);
  await page.fill("#new-passphrase-again", passphrase);
  const download = page.waitForEvent("download");
  await button(page, "Make the identity and register").click();
  await (await download).path();
  return page;
}

async function voter(link) {
  const page = await open(link);
  const words = await makeKey(page);
  await button(page, "Register this address").click();
  await page.getByRole("heading", { name: "You are registered" }).waitFor();
  return { page, words };
}

/** A voter comes back when the election is open, with nothing but the words. */
async function enter(words) {
  const page = await open(`${base}/booth`);
  await page.getByRole("button", { name: /^Enter/ }).click();
  await button(page, "Restore from 24 words").click();
  await page.fill("#all-words", words);
  await button(page, "Restore").click();
  await page.getByRole("heading", { name: "Your rights" }).waitFor();
  return page;
}

/** Chooses options, ranks others from the best, and looks at the choice again. */
async function review(page, options, ranked, meanwhile = async () => {}) {
  for (const option of options) await page.getByLabel(option).check();
  for (const [index, option] of ranked.entries()) await page.getByLabel(`Rank of ${option}`).selectOption(String(index + 1));
  await button(page, "Review").click();
  await meanwhile();
  await page.getByRole("heading", { name: "Is this your choice?" }).waitFor();
  return page.locator("[data-tracker]").getAttribute("data-tracker");
}

/** Waits for the next epoch, if little is left of this one. */
async function beginOfEpoch() {
  const past = (Date.now() / 1000) % epoch;
  if (past > 5) await new Promise((resolve) => setTimeout(resolve, (epoch - past) * 1000 + 500));
}

async function cast(page) {
  const began = Date.now();
  await button(page, "Cast the ballot").click();
  await page.getByRole("heading", { name: "Your ballot was accepted" }).first().waitFor();
  const accepted = Date.now() - began;
  const proof = await page.evaluate(() => performance.getEntriesByName("tabella: proof of a ballot").at(-1)?.duration);
  console.log(`# proof ${Math.round(proof)} ms, from click to accepted ${accepted} ms`);
}

const localTime = (time) => new Date(time.getTime() - time.getTimezoneOffset() * minute).toISOString().slice(0, 19);

test("a whole election, from the draft to the result", { skip, timeout: 20 * minute }, async (t) => {
  const admin = await open(`${base}/admin`);
  await admin.locator("section[aria-labelledby=fresh] button").click();
  await admin.fill("#title", "Election of the board");
  await admin.fill("#opens", localTime(new Date(Date.now() - minute)));
  const closes = Date.now() + Number(process.env.VOTING_MINUTES ?? 6) * minute;
  await admin.fill("#closes", localTime(new Date(closes)));
  await admin.fill("#title-0", "Who shall sit on the board?");
  await admin.fill("#options-0", "Anna\nJan\nEwa");
  await button(admin, "Add a question").click();
  await admin.fill("#title-1", "What shall be drunk?");
  await admin.selectOption("#kind-1", "rank");
  await admin.fill("#max-1", "3");
  await admin.fill("#options-1", "Tea\nCoffee\nWater");
  await admin.fill("#smallest", "2");
  await admin.getByText("More rules").click();
  await admin.fill("#epoch", String(epoch));
  assert.deepEqual(await objections(admin), []);
  await button(admin, "Continue").click();
  await admin.fill("#roll", "Ada\nBlaise\nCarl");
  await admin.fill("#trustees", "Xenia\nYves\nZoe");
  await button(admin, "Continue").click();
  await admin.fill("#new-passphrase", passphrase);
  await admin.fill("#new-passphrase-again", passphrase);
  const saved = admin.waitForEvent("download");
  await button(admin, "Make the key, save the file, and publish the draft").click();
  const file = readFileSync(await (await saved).path(), "utf8");
  assert.doesNotMatch(file, /Ada|Blaise|Carl/, "names stand in the file in plain");
  await admin.locator("[data-link]").nth(5).waitFor();
  const links = await admin.locator("[data-link]").evaluateAll((all) => all.map((one) => one.dataset.link));
  assert.deepEqual(await objections(admin), []);

  const trustees = [];
  for (const [index, name] of ["Xenia", "Yves", "Zoe"].entries()) trustees.push(await trustee(links[index], name));
  const [ada, blaise, carl] = await Promise.all(links.slice(3).map((link) => voter(link)));
  await button(admin, "Begin the ceremony").click();
  for (const page of trustees) await button(page, "This is right: take part").click();
  for (const page of trustees) {
    await page.getByRole("heading", { name: "Save your key, and try it" }).waitFor();
    assert.deepEqual(await objections(page), []);
    const download = page.waitForEvent("download");
    await button(page, "Save the trustee’s file").click();
    await page.locator("tb-drop input").setInputFiles({ name: "x.trustee.json", mimeType: "application/json", buffer: readFileSync(await (await download).path()) });
  }
  await button(admin, "Fix the roll and make the manifest").click();
  for (const page of trustees) await button(page, "Show that my key works").click();
  await button(admin, "Open the election").click();
  await admin.getByText("The election is on the ledger").waitFor();

  await t.test("an invitation serves once", async () => {
    const page = await open(links[3]);
    await page.getByText(/Registration is over|This invitation was used already/).waitFor();
    await page.context().close();
  });

  const delegate = await enter(carl.words);
  await delegate.getByText("Be a delegate").click();
  const address = await delegate.locator("details[open] code").first().innerText();

  const first = await enter(ada.words);
  await button(first, "Vote").click();
  const audited = await review(first, ["Jan"], ["Water", "Tea"]);
  await t.test("a ballot is audited on a second device", async () => {
    await button(first, "Audit it instead").click();
    await first.getByRole("heading", { name: "The ballot is open" }).waitFor();
    const download = first.waitForEvent("download");
    await button(first, "Save the opened ballot").click();
    const opened = readFileSync(await (await download).path());
    const second = await open(base);
    await second.locator("tb-drop input").setInputFiles({ name: "opened-ballot.tabella", mimeType: "application/octet-stream", buffer: opened });
    const shown = second.locator("section[aria-labelledby=aside]");
    await shown.locator(".panel.good").waitFor();
    const text = await shown.innerText();
    assert.match(text, /Jan/);
    assert.match(text, /1\. Water, 2\. Tea/);
    assert.ok(text.replace(/\s/g, "").includes(audited), "the tracker is not the one that was noted");
    await second.context().close();
  });
  await button(first, "Make a new ballot").click();
  const tracker = await review(first, ["Anna"], ["Tea", "Coffee"]);
  await cast(first);
  assert.deepEqual(await objections(first), []);

  const second = await enter(blaise.words);
  await beginOfEpoch();
  await button(second, "Delegate").click();
  await second.fill("#delegate", address);
  await button(second, "Delegate").click();
  await second.getByRole("heading", { name: "Your rights" }).waitFor();

  await delegate.context().close();
  const third = await enter(carl.words);
  const rightOf = (holding) => third.locator("[data-right]").filter({ has: third.getByRole("heading", { name: holding }) });
  await rightOf("Delegated to you").getByRole("button", { name: "Vote" }).click();
  await review(third, ["Ewa"], ["Coffee"], async () => {
    // It came in a moment ago: it serves from the next epoch on, and the page goes on by itself then.
    await third.getByRole("heading", { name: /^This right can be used from/ }).waitFor();
    assert.deepEqual(await objections(third), []);
  });
  await cast(third);
  await button(third, "Back to your rights").click();
  await rightOf("Your own").getByRole("button", { name: "Vote" }).click();
  await review(third, ["Ewa"], ["Water", "Coffee"]);
  await cast(third);

  await new Promise((resolve) => setTimeout(resolve, Math.max(0, closes + 2000 - Date.now())));
  await button(admin, "Verify everything and close").click();
  for (const page of trustees.slice(0, 2)) {
    await button(page, "Decrypt the totals").click();
    await button(page, "It is the same: send my decryption").click();
    await page.getByRole("heading", { name: "Your partial decryption is on the board" }).waitFor();
  }
  await button(admin, "Publish the result").click();
  await admin.getByRole("heading", { name: "The result is published" }).waitFor();
  const { elections } = await (await fetch(`${base}/v1/elections`)).json();
  const election = await (await fetch(`${base}/v1/elections/${elections[0].id}`)).json();
  assert.deepEqual(election.results, [[1, 0, 2], [1, 1, 1]]);

  const record = Buffer.from(await (await fetch(`${base}/v1/elections/${election.id}/record`)).arrayBuffer());
  const verify = async (address, content) => {
    const page = await open(address);
    await page.locator("tb-drop input").setInputFiles({ name: "election.tabella", mimeType: "application/octet-stream", buffer: content });
    await page.locator(".verdict").waitFor();
    return page;
  };

  await t.test("the record verifies in the browser, and holds the ballot", async () => {
    const page = await verify(base, record);
    assert.equal(await page.locator('.checks [data-state="good"]').count(), 15);
    const rounds = page.locator("[data-runoff]");
    assert.match(await rounds.locator(".winner").innerText(), /Coffee/);
    assert.match(await rounds.innerText(), /“Water” goes out with 1\. 1 to “Coffee”/);
    assert.deepEqual(await objections(page), []);
    await page.fill("#tracker", tracker);
    await button(page, "Look").click();
    await page.getByText("Your ballot is in the record and counts").waitFor();
    await page.fill("#tracker", audited);
    await button(page, "Look").click();
    await page.getByText("This ballot is not in the record").waitFor();
    await page.context().close();
  });

  await t.test("a record that was tampered with is refused for the right reason", async () => {
    const tampered = Buffer.from(record);
    const text = "Election of the board";
    const place = tampered.indexOf(text);
    assert.ok(place > 0);
    tampered.write("Election of the bored", place);
    const page = await verify(base, tampered);
    assert.equal(await page.locator(".verdict").getAttribute("data-kind"), "bad");
    assert.equal(await page.locator('.checks [data-state="bad"]').first().getAttribute("data-check"), "opening.authority");
    await page.context().close();
  });

  await t.test("verifier.html verifies it offline", async () => {
    const path = join(folder.folder, "verifier.html");
    writeFileSync(path, readFileSync(join(dist, "verifier.html")));
    const context = await contextOf(browser, looks[2], { offline: true });
    const page = await context.newPage();
    await page.goto(`file://${path}`);
    await page.locator("tb-drop input").setInputFiles({ name: "election.tabella", mimeType: "application/octet-stream", buffer: record });
    await page.locator(".verdict").waitFor({ timeout: 3 * minute });
    assert.equal(await page.locator('.checks [data-state="good"]').count(), 15);
    assert.deepEqual(await objections(page), []);
    await context.close();
  });
});
