// Shareholders in browsers: an election of hidden weights over a real node and the real engine, from the table of weights to the verified
// record. No weight reaches the node, and each voter sees his own before voting opens.
//
// Needs what election.test.mjs needs. OPENS_MINUTES and VOTING_MINUTES are for slow machines.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { button, makeFolder, minute, openPage, passphrase, skip, startNode } from "./node.mjs";
import { cast, contentOf, enter, localTime, review, rightOf, seen, trustee, voter } from "./people.mjs";
import { examineTwice, launch } from "./support.mjs";

// Numbers that nothing else in the election is by chance, and above 2^24.
const weights = { Adele: 500_210_037, Blaise: 300_110_041, Carl: 100_070_043 };
const total = 900_390_121;
const choices = { Adele: "Build", Blaise: "Sell", Carl: "Wait" };

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
const until = (time) => new Promise((resolve) => setTimeout(resolve, Math.max(0, time - Date.now())));
const csv = (content) => ({ name: "members.csv", mimeType: "text/csv", buffer: Buffer.from(content) });

/** The weights that bytes hold: as digits, with a separator or without, or as eight bytes. */
function weightsIn(bytes) {
  return Object.values(weights).filter((weight) => {
    const eight = Buffer.alloc(8);
    eight.writeBigUInt64LE(BigInt(weight));
    return [String(weight), weight.toLocaleString("en-GB"), eight].some((form) => bytes.includes(form));
  });
}

/** Everything that a page sends, from now on. */
function listen(page) {
  const sent = [];
  page.on("request", (request) => sent.push(Buffer.from(request.url()), request.postDataBuffer() ?? Buffer.alloc(0)));
  return sent;
}

test("shareholders vote with hidden weights, from the table to the verified record", { skip, timeout: 30 * minute }, async (t) => {
  let admin = await open(`${base}/admin`);
  const sent = [listen(admin)];
  await admin.locator("section[aria-labelledby=fresh] button").click();
  await admin.fill("#title", "General meeting");
  await admin.fill("#title-0", "What about the mill?");
  await admin.fill("#options-0", Object.values(choices).join("\n"));
  await admin.fill("#smallest", "2");
  await admin.getByLabel("Weights from the roll, hidden").check();
  await admin.getByLabel("How ballots are proved").selectOption("disjunctive");
  await admin.getByText("Distinctive weights can be inferred").waitFor();
  await examineTwice(admin, "admin-weights-ballot");

  await t.test("rankings, and a time that has come, are refused with hidden weights", async () => {
    await admin.fill("#opens", localTime(new Date(Date.now() - minute)));
    await admin.fill("#closes", localTime(new Date(Date.now() + 60 * minute)));
    await admin.selectOption("#kind-0", "rank");
    await button(admin, "Continue").click();
    assert.match(await admin.locator("#opens-error").innerText(), /are sent before voting opens/);
    await admin.getByText("Rankings are published one by one").waitFor();
    await admin.selectOption("#kind-0", "choose");
  });
  const opens = Date.now() + Number(process.env.OPENS_MINUTES ?? 5) * minute;
  const closes = opens + Number(process.env.VOTING_MINUTES ?? 4) * minute;
  await admin.fill("#opens", localTime(new Date(opens)));
  await admin.fill("#closes", localTime(new Date(closes)));
  await button(admin, "Continue").click();

  await t.test("a table of weights is refused with line, name and remedy, and read with its total", async () => {
    const drop = (content) => admin.locator("tb-drop input").setInputFiles(csv(content));
    const cases = [
      ["Adele,5\nBlaise,3", /the first row must be one of headings/],
      ["name,weight\nAdele,5\nBlaise,0", /^Line 3: “Blaise” has weight 0/],
      ["name,weight\nAdele,5\nBlaise,1.5", /^Line 3: “Blaise” has weight “1.5”/],
      ["name,weight\nAdele,5\nBlaise,1,234", /^Line 3: “Blaise” has more cells/],
    ];
    for (const [content, said] of cases) {
      await drop(content);
      await admin.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector("#roll-error")?.textContent ?? ""), said.source);
      assert.equal(await admin.inputValue("#roll"), "", content);
    }
    await admin.fill("#trustees", "Xenia\nYves");
    for (const [content, said] of [
      [`name,weight\nAdele,${2 ** 40}\nBlaise,1`, /^Line 2: with “Blaise” the weights add up to more than 1,099,511,627,776/],
      ["name,weight\nAdele,5\nAdele,3", /^Line 2: “Adele” is there already/],
    ]) {
      await drop(content);
      await admin.waitForFunction(() => document.querySelector("#roll").value !== "" && document.querySelector("#roll-error") === null);
      await button(admin, "Continue").click();
      assert.match(await admin.locator("#roll-error").innerText(), said);
      await admin.fill("#roll", "");
    }
    await drop(`\uFEFF가중치,이름\r\n${Object.entries(weights).map(([name, weight]) => `${weight},${name}`).join("\r\n")}\r\n`);
    await admin.getByText("3 voters; their weights add up to 900,390,121").waitFor();
    assert.equal(await admin.inputValue("#roll"), Object.entries(weights).map(([name, weight]) => `${name}; ${weight}`).join("\n"));
    const shown = await admin.locator("[data-shown]").innerText();
    assert.match(shown, /900,390,121[^]*Transfers before the opening\s+2[^]*Distinctive weights can be inferred/);
    await examineTwice(admin, "admin-weights-people");
  });
  await button(admin, "Continue").click();
  await admin.fill("#new-passphrase", passphrase);
  await admin.fill("#new-passphrase-again", passphrase);
  let saved = admin.waitForEvent("download");
  await button(admin, "Make the key, save the file, and publish the draft").click();
  let file = await contentOf(saved);
  await admin.locator("[data-link]").nth(4).waitFor();
  const rowOf = (name) => admin.locator("tr").filter({ has: admin.locator(`[data-renews="${name}"]`) });
  const linkOf = (name) => rowOf(name).locator("[data-link]").getAttribute("data-link");

  await t.test("an invitation tells the weight that is due, and one that replaces another keeps it", async () => {
    const old = await linkOf("Blaise");
    await rowOf("Blaise").locator("[data-renews]").click();
    await admin.fill("#unlock", passphrase);
    saved = admin.waitForEvent("download");
    await admin.locator("form[data-renew]").getByRole("button", { name: "New invitation" }).click();
    file = await contentOf(saved);
    await admin.locator("form[data-renew]").waitFor({ state: "detached" });
    assert.notEqual(await linkOf("Blaise"), old);
    for (const [name, weight] of Object.entries(weights)) {
      assert.equal(await rowOf(name).locator("[data-weight]").getAttribute("data-weight"), String(weight));
      const message = await rowOf(name).locator('a[href^="mailto:"]').getAttribute("href");
      assert.ok(decodeURIComponent(message).includes(`Your vote will weigh ${weight.toLocaleString("en-GB")}.`), message);
    }
    saved = admin.waitForEvent("download");
    await button(admin, "Save all links as CSV").click();
    const lines = (await contentOf(saved)).toString().trim().split("\r\n");
    assert.deepEqual([lines[0], lines.length], ["name,role,link,weight", 6]);
    assert.match(lines.find((line) => line.startsWith('"Blaise"')), /,"300110041"$/);
    assert.deepEqual(weightsIn(file), [], "weights stand in the administrator's file in plain");
  });

  const trustees = [];
  for (const name of ["Xenia", "Yves"]) trustees.push(await trustee(await open(await linkOf(name)), name));
  const voters = {};
  // Not in the order of the table.
  for (const name of ["Carl", "Adele", "Blaise"]) voters[name] = await voter(await open(await linkOf(name)));
  await button(admin, "Begin the ceremony").click();
  for (const { page } of trustees) await button(page, "This is right: take part").click();
  for (const { page } of trustees) {
    await page.getByRole("heading", { name: "Save your key, and try it" }).waitFor();
    saved = page.waitForEvent("download");
    await button(page, "Save the trustee’s file").click();
    const key = await contentOf(saved);
    await page.fill("#tried-passphrase", passphrase);
    await page.locator("tb-drop input").setInputFiles({ name: "x.trustee.json", mimeType: "application/json", buffer: key });
    await page.getByText("The file opens, and holds your key").waitFor();
  }
  await seen(admin, "acknowledgements", "yes yes");
  await admin.getByText("3 of 3 voters have registered.").waitFor();
  await admin.getByText("The weights of those who have registered add up to 900,390,121.").waitFor();
  await button(admin, "Fix the roll and make the manifest").click();
  for (const { page } of trustees) await button(page, "Show that my key works").click();
  await seen(admin, "rehearsal", "yes yes");

  // Between the first right and the others the administrator's connection breaks off, which is tried again, and then the node does not allow it,
  // which is not. The first transaction is the opening.
  let transactions = 0;
  let looked;
  const waits = new Promise((resolve) => (looked = resolve));
  await admin.route("**/v1/transactions", async (route) => {
    transactions++;
    if (transactions === 1) return route.continue();
    await waits;
    if (transactions === 2) return route.continue();
    if (transactions === 3) return route.abort();
    return route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify({ type: "/problems/not-allowed", title: "Not allowed" }) });
  });
  await button(admin, "Open the election").click();
  await admin.getByText("The election is on the ledger").waitFor();
  const booths = {};
  await t.test("a voter sees that the right has not come yet", async () => {
    booths.Adele = await enter(await open(`${base}/booth`), voters.Adele.words);
    await booths.Adele.getByText("Your right is not here yet").waitFor();
    await examineTwice(booths.Adele, "booth-weights-early");
  });
  looked();

  await t.test("a distribution that broke off goes on in another browser, from the file", async () => {
    await admin.locator(".panel.bad").waitFor();
    await admin.getByText("Transfers on the ledger: 1, of 2 that are needed.").waitFor();
    assert.equal(transactions, 4);
    await examineTwice(admin, "admin-weights-interrupted");
    await admin.context().close();
    admin = await open(`${base}/admin`);
    sent.push(listen(admin));
    await admin.locator("section[aria-labelledby=resume] tb-drop input").setInputFiles({ name: "x.administrator.json", mimeType: "application/json", buffer: file });
    await admin.fill("#passphrase", passphrase);
    await button(admin, "Open").click();
    await button(admin, "Send the rights").click();
    await admin.getByRole("heading", { name: "Every voter was sent the right" }).waitFor();
    await admin.getByText("The whole weight of 900,390,121 is handed out").waitFor();
    t.diagnostic(`all was sent ${Math.round((opens - Date.now()) / 1000)} s before voting opened`);
    assert.ok(Date.now() < opens, "the rights were sent too late: raise OPENS_MINUTES");
    await examineTwice(admin, "admin-weights-sent");
  });

  await t.test("each voter sees before the opening that the weight is the one that is due, and the right his own", async () => {
    await button(booths.Adele, "Look again").click();
    for (const name of ["Blaise", "Carl"]) booths[name] = await enter(await open(`${base}/booth`), voters[name].words);
    for (const [name, page] of Object.entries(booths)) {
      await rightOf(page, "Your own").getByText(`weighs ${weights[name].toLocaleString("en-GB")}`).waitFor();
      assert.equal(await page.locator("[data-right]").count(), 1);
      assert.equal(await button(page, "Vote").count(), 0, "a ballot can be cast before voting opens");
    }
    await examineTwice(booths.Adele, "booth-weights");
  });

  const { elections } = await (await fetch(`${base}/v1/elections`)).json();
  const { id } = elections[0];
  const recordNow = async () => Buffer.from(await (await fetch(`${base}/v1/elections/${id}/record`)).arrayBuffer());
  await t.test("what is public before the result has the total and no weight, and the node was told none", async () => {
    const election = await (await fetch(`${base}/v1/elections/${id}`)).json();
    assert.deepEqual([election.voters, election.total_weight, election.early_transfers, election.distribution_transfers], [3, total, 2, 2]);
    assert.deepEqual(weightsIn(await recordNow()), []);
    assert.deepEqual(sent.flat().flatMap(weightsIn), []);
    const names = Object.keys(weights).filter((name) => sent.flat().some((bytes) => bytes.includes(name)));
    assert.deepEqual(names, [], "the node was told who votes");
  });

  await until(opens + 2000);
  for (const [name, page] of Object.entries(booths)) {
    await button(page, "Look again").click();
    await rightOf(page, "Your own").getByRole("button", { name: "Vote" }).click();
    await review(page, [choices[name]], []);
    await cast(page);
  }
  t.diagnostic(`the last ballot was cast ${Math.round((closes - Date.now()) / 1000)} s before voting closed`);
  assert.ok(Date.now() < closes, "the last ballot was cast too late: raise VOTING_MINUTES");
  await admin.locator("section[aria-labelledby=turnout] [role=status]").filter({ hasText: /^3$/ }).waitFor();
  // The ballots are there, and still no weight.
  assert.deepEqual(weightsIn(await recordNow()), []);

  await until(closes + 2000);
  await button(admin, "Verify everything and close").click();
  for (const { page } of trustees) {
    await button(page, "Decrypt the totals").click();
    await button(page, "It is the same: send my decryption").click();
    await page.getByRole("heading", { name: "Your partial decryption is on the board" }).waitFor();
  }
  await seen(admin, "partial", "yes yes");
  await button(admin, "Publish the result").click();
  await admin.getByRole("heading", { name: "The result is published" }).waitFor();
  await admin.locator(".result-table").getByText("500,210,037").waitFor();
  await examineTwice(admin, "admin-weights-published");
  const { results, counted, rules } = await (await fetch(`${base}/v1/elections/${id}`)).json();
  assert.deepEqual([results, counted, rules.ballot_proofs], [[Object.values(weights)], 3, "disjunctive"]);

  const record = await recordNow();
  await t.test("the record verifies in the browser, with the weighted result", async () => {
    const page = await open(base);
    await page.locator("tb-drop input").setInputFiles({ name: "election.tabella", mimeType: "application/octet-stream", buffer: record });
    await page.locator(".verdict").waitFor();
    assert.equal(await page.locator('.checks [data-state="good"]').count(), 15);
    const result = await page.locator("section[aria-labelledby=result]").innerText();
    assert.match(result, /Rights weigh differently and no weight is shown/);
    for (const weight of Object.values(weights)) assert.ok(result.includes(weight.toLocaleString("en-GB")), result);
    await page.context().close();
  });

  await t.test("an auditor finds by the viewing key what each voter was sent", async () => {
    await admin.getByText("For an auditor").click();
    saved = admin.waitForEvent("download");
    await button(admin, "Save the viewing key").click();
    const [key, whole] = ["auditor.tabella", "election.tabella"].map((name) => join(folder.folder, name));
    writeFileSync(key, await contentOf(saved));
    writeFileSync(whole, record);
    const audit = folder.command("authority", "audit-distribution", key, "--election", id, "--record", whole);
    assert.deepEqual([audit.voters, audit.total], [3, total]);
    // The roll is in the order of the registrations.
    assert.deepEqual(audit.rights.map(({ weight }) => weight), [weights.Carl, weights.Adele, weights.Blaise]);
  });
});
