// What people do in the pages, step by step: for the test of a whole election.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { button, minute, passphrase } from "./node.mjs";

/** Seconds: long enough that two voters delegate, and the delegate comes, before the next one begins. */
export const epoch = 45;

/** A time as a field of a form takes it. */
export const localTime = (time) => new Date(time.getTime() - time.getTimezoneOffset() * minute).toISOString().slice(0, 19);

/** Makes a key, as a voter does: writes the words down, types three of them, saves the file. */
export async function makeKey(page) {
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

export const contentOf = async (download) => readFileSync(await (await download).path());

/** Takes an invitation as a trustee; `first` is the file that is saved before there is a key. */
export async function trustee(page, name) {
  await page.fill("#name", name);
  await page.fill("#new-passphrase", passphrase);
  await page.fill("#new-passphrase-again", passphrase);
  const download = page.waitForEvent("download");
  await button(page, "Make the identity and register").click();
  return { page, name, first: await contentOf(download) };
}

/** Takes an invitation as a voter. */
export async function voter(page) {
  const words = await makeKey(page);
  await button(page, "Register this address").click();
  await page.getByRole("heading", { name: "You are registered" }).waitFor();
  return { page, words };
}

/** A voter comes back when the election is open, with nothing but the words. */
export async function enter(page, words) {
  await page.getByRole("button", { name: /^Enter/ }).click();
  await button(page, "Restore from 24 words").click();
  await page.fill("#all-words", words);
  await button(page, "Restore").click();
  await page.getByRole("heading", { name: "Your rights" }).waitFor();
  return page;
}

export const rightOf = (page, holding) => page.locator("[data-right]").filter({ has: page.getByRole("heading", { name: holding }) });

/** Chooses options, ranks others from the best, and looks at the choice again. */
export async function review(page, options, ranked, meanwhile = async () => {}) {
  for (const option of options) await page.getByLabel(option).check();
  for (const [index, option] of ranked.entries()) await page.getByLabel(`Rank of ${option}`).selectOption(String(index + 1));
  await button(page, "Review").click();
  await meanwhile();
  await page.getByRole("heading", { name: "Is this your choice?" }).waitFor();
  return page.locator("[data-tracker]").getAttribute("data-tracker");
}

/** Waits for the next epoch, if little is left of this one. */
export async function beginOfEpoch() {
  const past = (Date.now() / 1000) % epoch;
  if (past > 5) await new Promise((resolve) => setTimeout(resolve, (epoch - past) * 1000 + 500));
}

export async function cast(page) {
  const began = Date.now();
  await button(page, "Cast the ballot").click();
  await page.getByRole("heading", { name: "Your ballot was accepted" }).first().waitFor();
  const accepted = Date.now() - began;
  const { milliseconds, threads, cores } = await page.evaluate(() => {
    const { duration, detail } = performance.getEntriesByName("tabella: proof of a ballot").at(-1);
    return { milliseconds: duration, threads: detail.threads, cores: navigator.hardwareConcurrency };
  });
  // The pages are isolated from other origins, so that the engine has threads: one that fell back to one thread is a fault.
  assert.equal(threads, Math.min(8, cores));
  console.log(`# proof ${Math.round(milliseconds)} ms on ${threads} threads, from click to accepted ${accepted} ms`);
}

/** A picture of each QR code that a page shows, one after another. */
export async function pictures(page) {
  const all = [];
  for (;;) {
    all.push(await page.locator(".qr").screenshot());
    const next = button(page, "Next code");
    if ((await next.count()) === 0) return all;
    const before = await page.locator(".qr svg").getAttribute("aria-label");
    await next.click();
    await page.waitForFunction((label) => document.querySelector(".qr svg").getAttribute("aria-label") !== label, before);
    if ((await page.locator(".qr svg").getAttribute("aria-label")).startsWith("Code 1 ")) return all;
  }
}

export const png = (buffer, index = 0) => ({ name: `code-${index}.png`, mimeType: "image/png", buffer });

/** A device whose camera sees these pictures, each for a moment. */
export async function withCamera(page, seen) {
  await page.evaluate(async (sources) => {
    const bytes = (source) => Uint8Array.from(atob(source), (character) => character.charCodeAt(0));
    const images = await Promise.all(sources.map((source) => createImageBitmap(new Blob([bytes(source)], { type: "image/png" }))));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [640, 480];
    const context = canvas.getContext("2d");
    let frame = 0;
    globalThis.cameraStops = 0;
    navigator.mediaDevices.getUserMedia = async () => {
      const timer = setInterval(() => {
        const image = images[Math.floor(frame++ / 12) % images.length];
        context.fillStyle = "#777";
        context.fillRect(0, 0, 640, 480);
        context.drawImage(image, 100, 20, 440, 440);
      }, 50);
      const stream = canvas.captureStream(20);
      const [track] = stream.getTracks();
      const stop = track.stop.bind(track);
      track.stop = () => {
        clearInterval(timer);
        globalThis.cameraStops++;
        stop();
      };
      return stream;
    };
  }, seen.map((buffer) => buffer.toString("base64")));
}

/** Waits until the administrator sees of each trustee whether a message of a kind is there. */
export const seen = (page, kind, state) =>
  page.waitForFunction(([name, expected]) => [...document.querySelectorAll(`[data-trustees] td[data-kind=${name}]`)].map((cell) => cell.dataset.sent).join(" ") === expected, [kind, state]);
