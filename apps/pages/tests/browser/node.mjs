// What the tests over a real node and the real engine share: the command line, a node that serves the built pages, a person's browser.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextOf, dist, looks, root } from "./support.mjs";

const repository = join(root, "../..");
// Whoever names a program means that one; else the newest build is what was last worked on.
const builds = ["native/release", "release", "debug"].map((folder) => join(repository, "target", folder, "tabella")).filter((path) => existsSync(path));
const newest = builds.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
const program = process.env.TABELLA ?? newest;
const serves = program !== undefined && spawnSync(program, ["serve", "--help"]).status === 0;
const engine = existsSync(join(dist, "engine/full/tabella_browser.js")) && existsSync(join(dist, "verifier.html"));
/** Why these tests cannot run, or false. */
export const skip = !serves ? `no tabella with serve: ${program ?? "cargo build -p tabella-cli"}` : !engine ? "the pages have no engine: make pages" : false;
// `make` has built everything: whatever is missing then is a fault, and no reason to leave a test out.
if (skip !== false && process.env.TABELLA_TESTS_MUST_RUN === "1") throw new Error(skip);
export const passphrase = "correct horse battery";
export const minute = 60_000;

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A folder of its own for the test; `command` runs the command line in it, and gives the line of JSON that it answers. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "tabella-pages-"));
  const ledger = join(folder, "data/ledger");
  const env = { ...process.env, TABELLA_HOME: join(folder, "home"), TABELLA_PASSPHRASE: passphrase, TABELLA_LEDGER: ledger };
  return {
    folder,
    command(...given) {
      const { status, stdout, stderr } = spawnSync(program, [...given, "--json"], { env, encoding: "utf8" });
      assert.equal(status, 0, `tabella ${given.join(" ")}: ${stdout}${stderr}`);
      return JSON.parse(stdout.trim().split("\n").at(-1));
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a node on the data of a folder, with the built pages. */
export async function startNode(folder) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const env = { ...process.env, TABELLA_NODE_LOG__LEVEL: process.env.NODE_LOG ?? "warn" };
  const server = spawn(program, ["serve", "--listen", `127.0.0.1:${port}`, "--data", join(folder, "data"), "--pages", dist], { stdio: ["ignore", "ignore", "inherit"], env });
  for (let attempt = 0; ; attempt++) {
    const ready = await fetch(`${base}/readyz`).then((response) => response.ok, () => false);
    if (ready) break;
    assert.equal(server.exitCode, null, "the node has ended");
    assert.ok(attempt < 120, "the node does not become ready");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return { base, stop: () => server.kill() };
}

/** A page in a context of its own: another person, or another device. */
export async function openPage(browser, address, look = looks[0]) {
  const page = await (await contextOf(browser, look, { acceptDownloads: true })).newPage();
  page.setDefaultTimeout(3 * minute);
  page.on("pageerror", (error) => console.error(`${new URL(address).pathname}: ${error.message}`));
  await page.goto(address);
  return page;
}

export const button = (page, name) => page.getByRole("button", { name, exact: true });
