// Payments and applications in browsers over a real node and the real engine: an asset that the command line issued goes from one wallet to
// another, a third party checks a payment that was disclosed, and people do at the desks of applications what commands do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { button, makeFolder, minute, openPage, skip, startNode } from "./node.mjs";
import { examine, examineTwice, launch, looks } from "./support.mjs";

let browser;
let folder;
let node;
let words;
let blaiseWords;

before(async () => {
  if (skip !== false) return;
  folder = makeFolder();
  folder.command("ledger", "init", "tabella");
  const wallet = folder.command("wallet", "new");
  words = wallet.words;
  folder.command("asset", "new-issuer");
  folder.command("asset", "issue", "--name", "Nerem", "--decimals", "2", "--cap", "5000.00", "--to", wallet.address, "--amount", "1000.00");
  const elsewhere = makeFolder();
  folder.command("asset", "issue", "--name", "Won", "--decimals", "0", "--cap", "5000000", "--to", elsewhere.command("wallet", "new").address, "--amount", "1000000");
  elsewhere.remove();
  const campaign = ["crowdfunding", "start", "--title", "A well for Nerem", "--asset", "Nerem", "--goal", "250.00", "--deadline", "2100-01-01T00:00:00Z", "--claim-until", "2100-02-01T00:00:00Z"];
  folder.command(...campaign, "--closes-at-goal", "--milestone", "60", "--milestone", "40");
  folder.command("remittance", "open-corridor", "--name", "Poland to Korea", "--pays", "Nerem", "--receives", "Won", "--below", "1000.00");
  node = await startNode(folder.folder);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  node?.stop();
  folder?.remove();
});

async function restore(page, seed) {
  await button(page, "Restore from 24 words").click();
  await page.fill("#all-words", seed);
  await button(page, "Restore").click();
  await page.getByRole("heading", { name: "Balances" }).waitFor();
}

const addressOf = (page) => page.locator("[data-address]").getAttribute("data-address");
const balanceOf = (page) => page.locator("[data-balance]").first().innerText();

async function pay(page, to, amount, memo) {
  await page.fill("#to", to);
  await page.fill("#amount", amount);
  await page.fill("#memo", memo);
  await button(page, "Pay").click();
  await page.getByText("The ledger has accepted the payment.").waitFor();
}

test("a payment between two wallets", { skip, timeout: 10 * minute }, async () => {
  const ada = await openPage(browser, `${node.base}/wallet`);
  await restore(ada, words);
  assert.equal(await balanceOf(ada), "1,000");

  // Blaise's key is another: a wallet that the command line made elsewhere.
  const other = makeFolder();
  const blaise = await openPage(browser, `${node.base}/wallet`, looks[2]);
  try {
    blaiseWords = other.command("wallet", "new").words;
    await restore(blaise, blaiseWords);
  } finally {
    other.remove();
  }
  await blaise.getByText("There is nothing in this wallet yet").waitFor();
  await pay(ada, await addressOf(blaise), "120.50", "Rent for May");
  assert.equal(await balanceOf(ada), "879.5");
  await examine(ada, "wallet-paid");
  await button(blaise, "Look again").click();
  await blaise.getByText("Rent for May").waitFor();
  assert.equal(await balanceOf(blaise), "120.5");
  await examine(blaise, "wallet-received");

  // What came in can be paid on; more than there is cannot.
  await blaise.fill("#to", await addressOf(ada));
  await blaise.fill("#amount", "120.51");
  await button(blaise, "Pay").click();
  assert.match(await blaise.locator("#amount-error").innerText(), /120\.5/);
  await pay(blaise, await addressOf(ada), "20.50", "");
  assert.equal(await balanceOf(blaise), "100");

  // The explorer shows the asset and what was issued, and nothing of who paid whom.
  const explorer = await openPage(browser, `${node.base}/explorer`, looks[2]);
  await explorer.getByText("Nerem").first().waitFor();
  assert.doesNotMatch(await explorer.locator("main").innerText(), /120\.5|Rent/);
  await examine(explorer, "explorer");
});

test("viewing keys show what they should, and spend nothing", { skip, timeout: 10 * minute }, async () => {
  const ada = await openPage(browser, `${node.base}/wallet`);
  await restore(ada, words);
  await ada.getByText("Viewing keys", { exact: true }).click();
  const keyOf = async (name, begins) => {
    await button(ada, name).click();
    const code = ada.locator("details[open] code");
    await code.filter({ hasText: begins }).waitFor();
    return (await code.innerText()).replace(/\s/g, "");
  };
  const look = async (key, outlook) => {
    const page = await openPage(browser, `${node.base}/wallet`, outlook);
    await page.fill("#view-key", key);
    await button(page, "Look").click();
    await page.getByText("This wallet only looks. It cannot spend.").waitFor();
    assert.equal(await page.locator("#to").count(), 0);
    return page;
  };
  const full = await look(await keyOf("Show the full viewing key", /^tabview1/), looks[0]);
  assert.equal(await balanceOf(full), "900");
  await full.getByText("Rent for May").waitFor();
  await full.locator("[data-address]").waitFor();
  const incoming = await look(await keyOf("Show the incoming viewing key", /^tabviewin1/), looks[2]);
  // The issue, and what Blaise paid back; nothing of what went out.
  assert.equal(await balanceOf(incoming), "1,020.5");
  assert.equal(await incoming.locator("li[data-entry]").count(), 2);
  assert.equal(await incoming.getByText("Rent for May").count(), 0);
  assert.equal(await incoming.locator("[data-address], .panel.bad").count(), 0);
  await examine(incoming, "wallet-incoming");
  const outgoing = await look(await keyOf("Show the outgoing viewing key", /^tabviewout1/), looks[0]);
  // The rent, and its change; nothing of what came in, and nothing to disclose.
  await outgoing.getByRole("heading", { name: "Sent in all" }).waitFor();
  assert.equal(await balanceOf(outgoing), "120.5");
  assert.equal(await outgoing.locator("li[data-entry]").count(), 2);
  await outgoing.getByText("Rent for May").waitFor();
  assert.equal(await outgoing.locator("[data-address], .panel.bad, li[data-entry] button").count(), 0);
  await examine(outgoing, "wallet-outgoing");
});

test("a payment is disclosed to a third party, which refuses an altered one", { skip, timeout: 10 * minute }, async () => {
  const ada = await openPage(browser, `${node.base}/wallet`);
  await restore(ada, words);
  const download = ada.waitForEvent("download");
  await ada.locator("li[data-entry]").filter({ hasText: "Rent for May" }).getByRole("button", { name: /^Disclose/ }).click();
  const disclosure = readFileSync(await (await download).path());
  const auditor = await openPage(browser, `${node.base}/wallet`);
  const check = async (content) => {
    await auditor.locator("tb-drop input").last().setInputFiles({ name: "payment.tabella", mimeType: "application/octet-stream", buffer: content });
  };
  await check(disclosure);
  await auditor.getByRole("heading", { name: "This payment took place" }).waitFor();
  const shown = await auditor.locator("section[aria-labelledby=check]").innerText();
  assert.match(shown, /120\.5 Nerem/);
  assert.match(shown, /Rent for May/);
  await examine(auditor, "disclosure");
  const forged = Buffer.from(disclosure);
  forged[forged.length - 40] ^= 1;
  await check(forged);
  await auditor.getByText("This proves no payment").waitFor();
});

test("applications as everybody may see them", { skip, timeout: 5 * minute }, async () => {
  const page = await openPage(browser, `${node.base}/applications`);
  await page.getByRole("navigation", { name: "Applications" }).getByRole("link", { name: "Crowdfunding" }).click();
  await page.getByRole("link", { name: "A well for Nerem" }).waitFor();
  await page.getByText("Goal 250 Nerem").waitFor();
  await examineTwice(page, "applications");
  await page.getByRole("link", { name: "A well for Nerem" }).click();
  await page.getByRole("heading", { name: "A well for Nerem" }).waitFor();
  // A share of a milestone, in basis points on the ledger, is a share of a hundred here.
  await page.getByText("Share: 60%").waitFor();
  await examineTwice(page, "application-campaign");
  await page.getByRole("navigation", { name: "Applications" }).getByRole("link", { name: "Remittance" }).click();
  await page.getByRole("link", { name: "Corridor: Poland to Korea" }).click();
  await page.getByText("1,000 Nerem").waitFor();
  // Whoever mistypes is told, and whoever asks for what is not there.
  await page.getByRole("link", { name: "All of this application" }).click();
  await page.fill("#instance", "abc");
  await button(page, "Show").click();
  await page.getByText("An id has 64 characters").waitFor();
  await page.fill("#instance", "00".repeat(32));
  await button(page, "Show").click();
  await page.getByText("The application keeps nothing of this id").waitFor();
  // The link past the navigation changes the address, and not what is shown.
  await page.evaluate(() => (location.hash = "main"));
  await page.getByText("The application keeps nothing of this id").waitFor();
  await page.context().close();
});

/** A page that is not isolated, as where a proxy drops headers: it has no shared memory, and so no threads. */
async function openAlone(browser, address) {
  const page = await openPage(browser, "about:blank");
  await page.route(address, async (route) => {
    const response = await route.fetch();
    const headers = Object.fromEntries(Object.entries(response.headers()).filter(([name]) => !name.startsWith("cross-origin-")));
    await route.fulfill({ response, headers });
  });
  await page.goto(address);
  return page;
}

test("a payment without threads, where the page is not isolated", { skip, timeout: 10 * minute }, async () => {
  const page = await openAlone(browser, `${node.base}/wallet`);
  assert.equal(await page.evaluate(() => crossOriginIsolated), false);
  await restore(page, words);
  const engines = page.workers().map((worker) => worker.url());
  assert.equal(engines.length, 1, engines.join(" "));
  await pay(page, await addressOf(page), "1.25", "To myself, with one thread");
  await page.context().close();
});

const open = async (page, seed) => {
  await button(page, "Open my wallet").click();
  await button(page, "Restore from 24 words").click();
  await page.fill("#all-words", seed);
  await button(page, "Restore").click();
  await page.locator("tb-desk").waitFor();
};

const choose = async (page, title) => {
  if ((await page.locator("tb-desk form").count()) > 0) await button(page, "All that you can do").click();
  await button(page, title).click();
  await page.locator("tb-desk form").waitFor();
};

/** Hands the open form in. */
const handIn = (page) => page.locator("tb-desk form button[type=submit]").click();

const attach = (page, field, file) => page.locator(`#desk-${field} input[type=file]`).setInputFiles(file);

/** Hands the open form in, which gives a file; `sends` if something goes to the ledger once the file is safe. */
async function handInForFile(page, sends = false) {
  const download = page.waitForEvent("download");
  await handIn(page);
  const saved = await download;
  if (sends) await button(page, "They are: send it").click();
  return { name: saved.suggestedFilename(), mimeType: "application/octet-stream", buffer: readFileSync(await saved.path()) };
}

const outcome = (page) => page.locator("section[aria-labelledby=outcome]");

test("a pledge by a form, which is refused first", { skip, timeout: 10 * minute }, async () => {
  const page = await openPage(browser, `${node.base}/applications#crowdfunding`);
  await page.getByRole("link", { name: "A well for Nerem" }).click();
  await page.getByRole("heading", { name: "A well for Nerem" }).waitFor();
  await open(page, blaiseWords);
  await examineTwice(page, "desk");
  await choose(page, "Pledge");
  const id = await page.locator("#desk-campaign").inputValue();
  assert.match(id, /^[0-9a-f]{64}$/);
  // Empty, no number, more than there is: each is said where it stands, or as a whole, and nothing is sent.
  await handIn(page);
  assert.equal(await page.locator("#desk-amount-error").innerText(), "This is needed.");
  await page.selectOption("#desk-asset", { label: await page.locator("#desk-asset option").filter({ hasText: "Nerem" }).first().innerText() });
  await page.fill("#desk-amount", "ten");
  await handIn(page);
  await page.locator("#desk-amount-error").filter({ hasNotText: "This is needed." }).waitFor();
  await examineTwice(page, "desk-refused");
  await page.fill("#desk-amount", "500");
  await handIn(page);
  await page.getByText("100.00 Nerem can be spent, and 500.00 Nerem is needed").waitFor();
  // Somebody watches the ledger from elsewhere, and reloads nothing.
  const watcher = await openPage(browser, `${node.base}/explorer`);
  await watcher.locator(".tag").filter({ hasText: "live" }).waitFor();
  const blocks = watcher.locator("section[aria-labelledby=blocks] tbody tr");
  const newest = await blocks.first().locator("th").innerText();
  await page.fill("#desk-amount", "30");
  await handIn(page);
  await outcome(page).getByText("The ledger has accepted it").waitFor();
  await blocks.filter({ hasText: String(Number(newest) + 1) }).first().waitFor();
  await watcher.context().close();
  await outcome(page).getByText("30.00 Nerem").waitFor();
  await examineTwice(page, "desk-pledged");
  await choose(page, "Show my pledges");
  await handIn(page);
  await outcome(page).getByRole("cell", { name: "A well for Nerem" }).waitFor();
  await examineTwice(page, "desk-pledges");
  // Everybody sees that somebody has pledged; the page follows the ledger by itself.
  await page.getByText("1 Nerem").or(page.getByText("Pledges")).first().waitFor();
  assert.doesNotMatch(await page.locator("article[aria-labelledby=one]").innerText(), /30\.00|30 Nerem/);
  await page.context().close();
});

test("a file is stamped, certified and verified by forms", { skip, timeout: 10 * minute }, async () => {
  const page = await openPage(browser, `${node.base}/applications#notary`);
  await open(page, blaiseWords);
  const file = { name: "poem.txt", mimeType: "text/plain", buffer: Buffer.from("the well of Nerem is deep") };
  await choose(page, "Stamp a file");
  await attach(page, "file", file);
  // Whoever has not got the file sends nothing.
  const unsent = page.waitForEvent("download");
  await handIn(page);
  await unsent;
  await examineTwice(page, "desk-save-first");
  await button(page, "Do not send it").click();
  assert.equal(await outcome(page).count(), 0);
  const draft = await handInForFile(page, true);
  await outcome(page).getByText("The ledger has accepted it").waitFor();
  await examineTwice(page, "desk-stamped");
  await choose(page, "Make the certificate of a stamp");
  await attach(page, "draft", draft);
  const certificate = await handInForFile(page);
  await choose(page, "Verify a certificate");
  await attach(page, "file", file);
  await attach(page, "certificate", certificate);
  await handIn(page);
  await outcome(page).waitFor();
  await examineTwice(page, "desk-verified");
  // Another file was not there then.
  await attach(page, "file", { ...file, buffer: Buffer.from("the well of Nerem is dry") });
  await handIn(page);
  await page.locator(".field[data-bad] .error, .panel.bad").first().waitFor();
  assert.equal(await outcome(page).count(), 0);
  await page.context().close();
});

test("an asset is issued in the wallet's page, with a key that is made there", { skip, timeout: 10 * minute }, async () => {
  const page = await openPage(browser, `${node.base}/wallet`);
  await restore(page, blaiseWords);
  const address = await addressOf(page);
  await page.getByText("Issue assets", { exact: true }).click();
  await choose(page, "Make an issuer's key");
  await page.fill("#desk-passphrase", "four words are enough");
  await page.fill("#desk-again", "four words are enouhg");
  await handIn(page);
  await page.locator(".field[data-bad]").first().waitFor();
  // What was typed wrong is not kept.
  assert.equal(await page.inputValue("#desk-passphrase"), "");
  await page.fill("#desk-passphrase", "four words are enough");
  await page.fill("#desk-again", "four words are enough");
  const key = await handInForFile(page);
  await choose(page, "Issue a new asset");
  for (const [field, text] of [["name", "Seat in the boat"], ["decimals", "0"], ["cap", "12"], ["to", address], ["amount", "7"], ["passphrase", "four words are enough"]]) await page.fill(`#desk-${field}`, text);
  await page.selectOption("#desk-class", "ordinary");
  await attach(page, "key", key);
  await handIn(page);
  await outcome(page).getByText("The ledger has accepted it").waitFor();
  await page.locator("dt").filter({ hasText: "Seat in the boat" }).waitFor();
  await examineTwice(page, "wallet-issued");
  await page.context().close();
});

test("a request that one wallet shows is paid by another, and an altered one is not", { skip, timeout: 10 * minute }, async () => {
  const blaise = await openPage(browser, `${node.base}/wallet`);
  await restore(blaise, blaiseWords);
  const nerem = async (page) => {
    await page.selectOption("#desk-asset", { label: await page.locator("#desk-asset option").filter({ hasText: "Nerem" }).first().innerText() });
  };
  await button(blaise, "Ask for an amount").click();
  await blaise.locator("tb-desk form").waitFor();
  await nerem(blaise);
  for (const [field, text] of [["amount", "12.34"], ["memo", "Invoice 7 & 8"], ["label", "Blaise’s bakery"], ["message", "Thank you"]]) await blaise.fill(`#desk-${field}`, text);
  await handIn(blaise);
  const shown = outcome(blaise).locator("[data-request]");
  const request = await shown.getAttribute("data-request");
  assert.match(request, /^tabella:tab1[0-9a-z]+\?amount=12\.34&asset=[0-9a-f]{64}&memo=[\w-]+&label=.*&req-ledger=[0-9a-f]{64}$/);
  await examineTwice(blaise, "wallet-request");
  const firstAddress = await addressOf(blaise);
  const picture = { name: "request.png", mimeType: "image/png", buffer: await shown.locator(".qr").screenshot() };

  // Ada's page reads the code, letter by letter.
  let ada = await openPage(browser, `${node.base}/wallet`, looks[2]);
  await restore(ada, words);
  await ada.locator("section[aria-labelledby=send] tb-scan input[type=file]").setInputFiles(picture);
  await ada.getByText("Filled in from a request").waitFor();
  await ada.getByText("Blaise’s bakery").waitFor();
  assert.deepEqual([await ada.inputValue("#amount"), await ada.inputValue("#memo")], ["12.34", "Invoice 7 & 8"]);
  assert.equal(await ada.inputValue("#to"), request.slice("tabella:".length, request.indexOf("?")));
  await examineTwice(ada, "wallet-request-read");
  await button(ada, "Pay").click();
  await ada.getByText("The ledger has accepted the payment.").waitFor();
  await button(blaise, "Look again").click();
  await blaise.locator("li[data-entry]").filter({ hasText: "Invoice 7 & 8" }).waitFor();

  // Of another ledger, or not all of it: said at the field.
  for (const [wrong, said] of [[request.replace(/req-ledger=.*/, `req-ledger=${"07".repeat(32)}`), /another ledger/], [request.slice(0, 90), /cannot be paid here/]]) {
    await ada.fill("#to", wrong);
    await button(ada, "Pay").click();
    await ada.locator("#to-error").filter({ hasText: said }).waitFor();
  }
  // A payee who is asked again has another address, and shows the page's others to nobody.
  await button(blaise, "Another address").click();
  await blaise.waitForFunction((before) => document.querySelector("[data-address]").getAttribute("data-address") !== before, firstAddress);
  const addresses = [firstAddress, await addressOf(blaise), request.slice("tabella:".length, request.indexOf("?"))];
  assert.equal(new Set(addresses).size, 3);
  // More than was agreed, at the desk.
  await ada.getByText("Requests, many payments, accounts", { exact: true }).click();
  await choose(ada, "Pay a request");
  await ada.fill("#desk-request", request.replace("amount=12.34", "amount=92.34"));
  await nerem(ada);
  await ada.fill("#desk-amount", "12.34");
  await ada.fill("#desk-digest", "0".repeat(40));
  await handIn(ada);
  assert.match(await ada.locator("#desk-amount-error").innerText(), /asks for 92\.34 Nerem in all, and 12\.34 Nerem was agreed/);
  // A request for two payments is opened there to be read, in a page whose desk nobody has opened yet; it is paid as it was read.
  const both = request.replace("&req-ledger", `&address.1=${await addressOf(ada)}&amount.1=1.00&asset.1=${/asset=([0-9a-f]+)/.exec(request)[1]}&req-ledger`);
  await ada.context().close();
  ada = await openPage(browser, `${node.base}/wallet`);
  await restore(ada, words);
  await ada.fill("#to", both);
  await ada.waitForFunction(() => document.querySelector("[data-form=read-request] #desk-request")?.value.includes("&address.1="));
  assert.equal(await ada.inputValue("#to"), "");
  await handIn(ada);
  await outcome(ada).locator("tbody tr").nth(1).waitFor();
  assert.equal(await outcome(ada).locator("tbody tr").count(), 2);
  const digest = /[0-9a-f]{4}( [0-9a-f]{4}){9}/.exec(await outcome(ada).innerText())[0];
  await examineTwice(ada, "wallet-request-several");
  await choose(ada, "Pay a request");
  assert.equal(await ada.inputValue("#desk-request"), both);
  await nerem(ada);
  await ada.fill("#desk-amount", "13.34");
  await ada.fill("#desk-digest", digest);
  // The amounts change places on the way to the form.
  await ada.fill("#desk-request", both.replace("amount=12.34", "amount=?").replace("amount.1=1.00", "amount.1=12.34").replace("amount=?", "amount=1.00"));
  await handIn(ada);
  assert.match(await ada.locator("#desk-digest-error").innerText(), /compare payees and amounts/);
  await ada.fill("#desk-request", both);
  await handIn(ada);
  await outcome(ada).getByText("13.34 Nerem").waitFor();
  await examineTwice(ada, "wallet-request-paid");
  for (const page of [ada, blaise]) await page.context().close();
});
