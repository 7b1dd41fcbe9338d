// A whole election in browsers: authority, three trustees, voters and a delegate, each in a context of its own, over a real node
// and the real engine. Then its record: verified, tampered with, and verified by the file that stands alone.
//
// Needs the command line with `serve` (TABELLA, else the newest build in target/) and pages with the engine (`make pages`).
// SHOTS=DIR keeps pictures of what was looked at.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { button, makeFolder, minute, openPage, passphrase, skip, startNode } from "./node.mjs";
import { beginOfEpoch, cast, contentOf, enter, epoch, localTime, pictures, png, review, rightOf, seen, trustee, voter, withCamera } from "./people.mjs";
import { contextOf, dist, examine, examineTwice, launch, looks } from "./support.mjs";

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

const open = (address, look) => openPage(browser, address, look);
const booth = async (words, look) => enter(await open(`${base}/booth`, look), words);
const json = async (path) => (await fetch(`${base}/v1${path}`)).json();

test("a whole election, from the draft to the result", { skip, timeout: 20 * minute }, async (t) => {
  const admin = await open(`${base}/admin`);
  // A node gives registrations in pages; here they are so small that none may be left out.
  let pages = 0;
  await admin.route("**/registrations/query", async (route) => {
    const answer = await route.fetch();
    const body = await answer.body();
    const headers = answer.headers();
    if (body.length === 0) return route.fulfill({ response: answer });
    pages++;
    const first = Number(headers["tabella-first"]);
    return route.fulfill({ response: answer, headers: { ...headers, "tabella-next": String(first + 1) }, body: body.subarray(0, 4 + body.readUInt32LE(0)) });
  });
  await admin.evaluate(() => {
    window.print = () => {
      window.printed = [...document.querySelectorAll("[data-sheet] .qr + p")].map((link) => link.textContent);
      dispatchEvent(new Event("afterprint"));
    };
  });
  await admin.locator("section[aria-labelledby=fresh] button").click();
  await admin.fill("#title", "Election of the board");
  await admin.fill("#opens", localTime(new Date(Date.now() - minute)));
  const closes = Date.now() + Number(process.env.VOTING_MINUTES ?? 10) * minute;
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
  await examine(admin, "admin-ballot");
  await button(admin, "Continue").click();
  await admin.fill("#roll", "Ada\nBlaise\nCarl\nDora");
  await admin.fill("#trustees", "Xenia\nYves\nZoe");
  await button(admin, "Continue").click();
  await admin.fill("#new-passphrase", passphrase);
  await admin.fill("#new-passphrase-again", passphrase);
  const saved = admin.waitForEvent("download");
  await button(admin, "Make the key, save the file, and publish the draft").click();
  const file = readFileSync(await (await saved).path(), "utf8");
  assert.doesNotMatch(file, /Ada|Blaise|Carl|Dora/, "names stand in the file in plain");
  await admin.locator("[data-link]").nth(6).waitFor();
  const links = await admin.locator("[data-link]").evaluateAll((all) => all.map((one) => one.dataset.link));
  await button(admin, "Print invitations").click();
  await admin.waitForFunction(() => window.printed !== undefined);
  assert.deepEqual(await admin.evaluate(() => window.printed), links);

  const trustees = [];
  for (const [index, name] of ["Xenia", "Yves", "Zoe"].entries()) trustees.push(await trustee(await open(links[index]), name));
  const [ada, blaise, carl, lost] = await Promise.all(links.slice(3).map(async (link) => voter(await open(link))));
  let dora;
  await t.test("whoever lost the key gets a new invitation, and the old one is no longer good", async () => {
    await lost.page.context().close();
    const row = admin.locator("tr").filter({ has: admin.locator('[data-renews="Dora"]') });
    await row.getByText("registered", { exact: true }).waitFor();
    await row.locator("[data-renews]").click();
    await admin.fill("#unlock", "another passphrase than that");
    const form = admin.locator("form[data-renew]");
    await form.getByRole("button", { name: "New invitation" }).click();
    await admin.getByText("This passphrase does not open the file.").waitFor();
    await examine(admin, "admin-renew");
    await admin.fill("#unlock", passphrase);
    const savedAgain = admin.waitForEvent("download");
    await form.getByRole("button", { name: "New invitation" }).click();
    const newer = await contentOf(savedAgain);
    await form.waitFor({ state: "detached" });
    await row.getByText("registered", { exact: true }).waitFor({ state: "detached" });
    const link = await row.locator("[data-link]").getAttribute("data-link");
    assert.notEqual(link, links[6]);
    const late = await open(links[6]);
    await late.getByText("This invitation is not known here").waitFor();
    await late.context().close();
    dora = await voter(await open(link));
    await row.getByText("registered", { exact: true }).waitFor();
    // With the file from before nobody would know that the old link is no longer good.
    for (const [content, said] of [[Buffer.from(file), "This file is older than the board"], [newer, "Begin the ceremony"]]) {
      const elsewhere = await open(`${base}/admin`);
      await elsewhere.locator("section[aria-labelledby=resume] tb-drop input").setInputFiles({ name: "x.administrator.json", mimeType: "application/json", buffer: content });
      await elsewhere.fill("#passphrase", passphrase);
      await button(elsewhere, "Open").click();
      await elsewhere.getByText(said).first().waitFor();
      await elsewhere.context().close();
    }
  });
  await button(admin, "Begin the ceremony").click();
  await seen(admin, "commitments", "no no no");
  await button(trustees[0].page, "This is right: take part").click();
  await seen(admin, "commitments", "yes no no");
  await admin.getByText("Commitments: waiting for Yves, Zoe.").waitFor();
  assert.deepEqual(await admin.locator("[data-trustee]").evaluateAll((rows) => rows.map((row) => row.dataset.trustee)), ["Xenia", "Yves", "Zoe"]);
  await examineTwice(admin, "admin-ceremony");
  for (const { page } of trustees.slice(1)) await button(page, "This is right: take part").click();
  const files = [];
  for (const { page } of trustees) {
    await page.getByRole("heading", { name: "Save your key, and try it" }).waitFor();
    const download = page.waitForEvent("download");
    await button(page, "Save the trustee’s file").click();
    files.push(await contentOf(download));
  }
  const drop = async (page, buffer, typed = passphrase) => {
    await page.fill("#tried-passphrase", typed);
    await page.locator("tb-drop input").setInputFiles({ name: "x.trustee.json", mimeType: "application/json", buffer });
  };
  await t.test("a trustee's file is tried: another's, one without the key, and one of another board do not do", async () => {
    const { page, first } = trustees[0];
    const elsewhere = Buffer.from(JSON.stringify({ ...JSON.parse(files[0]), board: "00".repeat(32) }));
    // All are under the same passphrase.
    for (const wrong of [files[1], first, elsewhere]) {
      await drop(page, wrong);
      await page.getByText("This file does not hold your key of this election.").waitFor();
      await page.getByRole("heading", { name: "Save your key, and try it" }).waitFor();
    }
    // Her identity, with the key of somebody else.
    await drop(page, Buffer.from(JSON.stringify({ ...JSON.parse(files[0]), key: JSON.parse(files[2]).key })));
    await page.getByText("Opening your file").waitFor({ state: "hidden" });
    await page.getByText("This file does not hold your key of this election.").waitFor();
    // Her own file, with a passphrase that she remembers wrongly.
    await drop(page, files[0], "another passphrase than that");
    await page.getByText("This passphrase does not open the file.").waitFor();
    await page.getByRole("heading", { name: "Save your key, and try it" }).waitFor();
    await examineTwice(page, "trustee-save");
  });
  for (const [index, { page }] of trustees.entries()) {
    await drop(page, files[index]);
    await page.getByText("The file opens, and holds your key").waitFor();
  }
  await seen(admin, "acknowledgements", "yes yes yes");
  assert.ok(pages >= 7, `registrations came in ${pages} pages`);
  await admin.getByText("4 of 4 voters have registered.").waitFor();
  await button(admin, "Fix the roll and make the manifest").click();
  await button(trustees[1].page, "Show that my key works").waitFor();
  await examineTwice(trustees[1].page, "trustee-canary");
  await button(trustees[1].page, "Show that my key works").click();
  await seen(admin, "rehearsal", "no yes no");
  await admin.getByText("Canary: waiting for Xenia, Zoe.").waitFor();
  assert.equal(await button(admin, "Open the election").isDisabled(), true);
  await examineTwice(admin, "admin-canaries");
  for (const { page } of [trustees[0], trustees[2]]) await button(page, "Show that my key works").click();
  await button(admin, "Open the election").click();
  await admin.getByText("The election is on the ledger").waitFor();

  await t.test("an invitation serves once", async () => {
    const page = await open(links[3]);
    await page.getByText(/Registration is over|This invitation was used already/).waitFor();
    await page.context().close();
  });

  const delegate = await booth(carl.words);
  await delegate.getByText("Be a delegate").click();
  const address = await delegate.locator("details[open] code").first().innerText();
  const [addressCode] = await pictures(delegate);

  const first = await booth(ada.words);
  await button(first, "Vote").click();
  const audited = await review(first, ["Jan"], ["Water", "Tea"]);
  await t.test("a ballot is audited on a second device, by the codes that the first shows", async () => {
    await examineTwice(first, "booth-review");
    await button(first, "Audit it instead").click();
    await first.getByRole("heading", { name: "The ballot is open" }).waitFor();
    await examineTwice(first, "booth-opened");
    const download = first.waitForEvent("download");
    await button(first, "Save the opened ballot").click();
    const opened = await contentOf(download);
    const codes = await pictures(first);
    assert.ok(codes.length > 1, "the ballot fits into one code");
    const ways = {
      file: (page) => page.locator("tb-drop input").setInputFiles({ name: "opened-ballot.tabella", mimeType: "application/octet-stream", buffer: opened }),
      pictures: (page) => page.locator("tb-scan input").first().setInputFiles(codes.map(png)),
      camera: async (page) => {
        await withCamera(page, codes);
        await page.locator("tb-scan .button").first().click();
        await page.getByText(`1 of ${codes.length} codes read`).waitFor();
        assert.equal(await page.evaluate(() => cameraStops), 0, "the camera stops before all codes are read");
      },
    };
    for (const [way, hand] of Object.entries(ways)) {
      const second = await open(base);
      await hand(second);
      const shown = second.locator("section[aria-labelledby=aside]");
      await shown.locator(".panel.good").waitFor();
      const text = await shown.innerText();
      assert.match(text, /Jan/, way);
      assert.match(text, /1\. Water, 2\. Tea/, way);
      assert.ok(text.replace(/\s/g, "").includes(audited), `${way}: the tracker is not the one that was noted`);
      if (way === "camera") assert.equal(await second.evaluate(() => cameraStops), 1, "the camera goes on when all is read");
      if (way === "pictures") await examine(second, "verifier-audit");
      await second.context().close();
    }
  });
  await button(first, "Make a new ballot").click();
  const superseded = await review(first, ["Anna"], ["Tea", "Coffee"]);
  const counted = admin.locator("section[aria-labelledby=turnout] [role=status]");
  assert.equal(await counted.innerText(), "0");
  await cast(first);
  await t.test("the administrator sees the turnout grow", async () => {
    await counted.filter({ hasText: /^1$/ }).waitFor();
  });
  await t.test("a receipt shows the path of its proof", async () => {
    await examineTwice(first, "booth-receipt");
    const path = await first.locator(".no-print [data-path] li").allTextContents();
    assert.ok(path.length > 0 && path.every((hash) => /^[0-9a-f]{64}$/.test(hash)), "the proof's path is not shown");
  });

  const [second, fourth] = [await booth(blaise.words), await booth(dora.words, looks[2])];
  await beginOfEpoch();
  await button(second, "Delegate").click();
  // Blaise reads the delegate's code from a picture of it.
  await second.locator("tb-scan input").setInputFiles(png(addressCode));
  await second.waitForFunction((expected) => document.querySelector("#delegate").value === expected, address);
  await button(second, "Delegate").click();
  await second.getByRole("heading", { name: "Your rights" }).waitFor();
  await button(fourth, "Delegate").click();
  await fourth.fill("#delegate", address);
  await examine(fourth, "booth-delegate");
  await button(fourth, "Delegate").click();
  await fourth.getByRole("heading", { name: "Your rights" }).waitFor();
  // Dora takes hers back at once: it serves from the next epoch on, and the page goes on by itself then.
  await button(fourth, "Recall the right").click();

  await delegate.context().close();
  const third = await booth(carl.words);
  // Rights stand in the order in which they came: the first is Blaise's.
  await rightOf(third, "Delegated to you").first().getByRole("button", { name: "Vote" }).click();
  await review(third, ["Ewa"], ["Coffee"], async () => {
    await third.getByRole("heading", { name: /^This right can be used from/ }).waitFor();
    await examineTwice(third, "booth-young");
  });
  await cast(third);
  await button(third, "Back to your rights").click();
  await rightOf(third, "Your own").getByRole("button", { name: "Vote" }).click();
  await review(third, ["Ewa"], ["Water", "Coffee"]);
  await cast(third);

  await t.test("a delegation is recalled: the right is the voter's again", async () => {
    await rightOf(fourth, "Your own").waitFor();
    assert.equal(await rightOf(fourth, "Delegated to somebody else").count(), 0);
    await examineTwice(fourth, "booth-rights");
    await button(third, "Back to your rights").click();
    assert.equal(await rightOf(third, "Delegated to you").count(), 1);
  });
  // Blaise votes over his delegate; Ada votes again.
  await rightOf(second, "Delegated to somebody else").getByRole("button", { name: "Vote yourself" }).click();
  await review(second, ["Jan"], ["Coffee"]);
  await cast(second);
  await button(first, "Back to your rights").click();
  await rightOf(first, "Your own").getByRole("button", { name: "Vote again" }).click();
  const tracker = await review(first, ["Jan"], ["Tea", "Coffee"]);
  await cast(first);
  const receiptCode = await first.locator(".qr").first().screenshot();
  const receiptDownload = first.waitForEvent("download");
  await button(first, "Save the receipt").click();
  const receipt = await contentOf(receiptDownload);

  await t.test("the explorer checks what the ledger has signed, and says so when it does not hold", async () => {
    const page = await open(`${base}/explorer`, looks[2]);
    const outcome = (state) => page.locator(`article [data-outcome=${state}]`);
    await page.locator(".stack-7 > [data-outcome=good]").waitFor();
    await page.fill("#digest", tracker);
    await button(page, "Find").click();
    await outcome("good").waitFor();
    await page.getByText("Proof that the log holds it").click();
    await examineTwice(page, "explorer-transaction");
    await page.locator("tbody .link-button").last().click();
    await page.getByText(/are the beginning of the/).waitFor();
    await examine(page, "explorer-block");
    // Whoever comes back is told that nothing was rewritten.
    await page.reload();
    await page.getByText(/has signed (its|a) log of/).waitFor();
    // A proof that leads elsewhere.
    await page.route("**/inclusion?*", async (route) => {
      const answer = await route.fetch();
      const body = await answer.body();
      if (answer.headers()["content-type"] === "application/octet-stream") body[body.length - 1] ^= 1;
      await route.fulfill({ response: answer, body });
    });
    await page.fill("#digest", tracker);
    await button(page, "Find").click();
    await outcome("bad").waitFor();
    assert.equal(await outcome("good").count(), 0);
    await examineTwice(page, "explorer-false");
    // A log of which this browser has seen another beginning.
    await page.evaluate(() => {
      const name = Object.keys(localStorage).find((one) => one.startsWith("tabella.checkpoint."));
      localStorage.setItem(name, localStorage.getItem(name).replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) + 1}\n`));
    });
    await page.reload();
    await page.getByText("The log is not what the ledger has signed, or it was rewritten").waitFor();
    await page.context().close();
  });

  await t.test("the interface is described for people, in the style of the pages", async () => {
    for (const look of [looks[0], looks[2]]) {
      const page = await open(`${base}/docs`, look);
      const blocked = [];
      page.on("console", (message) => blocked.push(message.text()));
      await page.reload();
      await examine(page, `docs-${look.width}`);
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), look.colorScheme === "dark" ? "rgb(17, 22, 27)" : "rgb(250, 249, 245)");
      await page.locator(".docs-nav").getByText("elections", { exact: true }).click();
      assert.equal(await page.evaluate(() => location.hash), "#elections");
      assert.deepEqual(blocked, []);
      await page.context().close();
    }
  });

  await new Promise((resolve) => setTimeout(resolve, Math.max(0, closes + 2000 - Date.now())));
  await button(admin, "Verify everything and close").click();
  for (const { page } of trustees.slice(0, 2)) {
    await button(page, "Decrypt the totals").click();
    await button(page, "It is the same: send my decryption").waitFor();
    if (page === trustees[0].page) await examineTwice(page, "trustee-decrypted");
    await button(page, "It is the same: send my decryption").click();
    await page.getByRole("heading", { name: "Your partial decryption is on the board" }).waitFor();
  }
  await seen(admin, "partial", "yes yes no");
  await examineTwice(admin, "admin-partials");
  await button(admin, "Publish the result").click();
  await admin.getByRole("heading", { name: "The result is published" }).waitFor();
  await examineTwice(admin, "admin-published");
  const { elections } = await json("/elections");
  const election = await json(`/elections/${elections[0].id}`);
  // Ada's second ballot, Blaise's own and not his delegate's, Carl's own; Dora's right was not used.
  assert.deepEqual(election.results, [[0, 2, 1], [1, 1, 1]]);
  assert.equal(election.counted, 3);

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
    await examineTwice(page, "verifier-done");
    await page.fill("#tracker", tracker);
    await button(page, "Look").click();
    await page.getByText("Your ballot is in the record and counts").waitFor();
    await page.fill("#tracker", superseded);
    await button(page, "Look").click();
    await page.getByText("Your ballot is in the record, but does not count").waitFor();
    await page.fill("#tracker", audited);
    await button(page, "Look").click();
    await page.getByText("This ballot is not in the record").waitFor();
    await page.locator("section[aria-labelledby=mine] tb-drop input").setInputFiles({ name: "receipt.tabella", mimeType: "application/octet-stream", buffer: receipt });
    await page.getByText("In the record that is open, this ballot counts.").waitFor();
    await page.locator("section[aria-labelledby=mine] tb-scan input").setInputFiles(png(receiptCode));
    await page.getByText("Your ballot is in the record and counts").waitFor();
    await page.context().close();
  });

  await t.test("a receipt's code opens the record and finds the ballot", async () => {
    const page = await open(base);
    await page.locator("tb-scan input").first().setInputFiles(png(receiptCode));
    await page.getByText("Your ballot is in the record and counts").waitFor();
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

  const path = join(folder.folder, "verifier.html");
  writeFileSync(path, readFileSync(join(dist, "verifier.html")));
  const recordAddress = `${base}/v1/elections/${election.id}/record`;

  await t.test("a record is fetched from an address: of this node here, of others in verifier.html", async () => {
    const page = await open(base);
    await page.fill("#address", "https://elsewhere.example/election.tabella");
    await button(page, "Fetch and verify").click();
    const there = page.getByRole("link", { name: "Open it there, with this address" });
    assert.equal(await there.getAttribute("href"), "/verifier.html#url=https%3A%2F%2Felsewhere.example%2Felection.tabella");
    await page.fill("#address", recordAddress);
    await button(page, "Fetch and verify").click();
    await page.locator(".verdict").waitFor();
    assert.equal(await page.locator('.checks [data-state="good"]').count(), 15);
    await page.context().close();

    const alone = await open(`file://${path}#url=${encodeURIComponent(recordAddress)}`);
    assert.equal(await alone.inputValue("#address"), recordAddress);
    await button(alone, "Fetch and verify").click();
    await alone.locator(".verdict").waitFor();
    assert.equal(await alone.locator('.checks [data-state="good"]').count(), 15);
    await alone.context().close();

    const refused = await open(`file://${path}#url=${encodeURIComponent("http://127.0.0.1:9/election.tabella")}`);
    await button(refused, "Fetch and verify").click();
    await refused.getByText("Nothing came from this address.").waitFor();
    await refused.context().close();
  });

  await t.test("verifier.html is what its published hash says", async () => {
    const [file, line] = await Promise.all(["verifier.html", "verifier.html.sha256"].map(async (name) => Buffer.from(await (await fetch(`${base}/${name}`)).arrayBuffer())));
    assert.equal(line.toString(), `${createHash("sha256").update(file).digest("hex")}  verifier.html\n`);
    assert.equal(line.toString(), readFileSync(join(dist, "verifier.html.sha256"), "utf8"));
  });

  await t.test("verifier.html verifies it offline", async () => {
    const context = await contextOf(browser, looks[2], { offline: true });
    const page = await context.newPage();
    await page.goto(`file://${path}`);
    await page.locator("tb-drop input").setInputFiles({ name: "election.tabella", mimeType: "application/octet-stream", buffer: record });
    await page.locator(".verdict").waitFor({ timeout: 3 * minute });
    assert.equal(await page.locator('.checks [data-state="good"]').count(), 15);
    await examine(page, "verifier-offline");
    await context.close();
  });
});
