#!/usr/bin/env node
// A Cast proof in Chromium, beside stock arkworks in the same page: a row of compare.py for each number of threads.
//
// usage: run.mjs [THREADS…]     1 and 2 without any. RUNS (5) says how many turns count.
//
// Needs scripts/wasm.sh peers, the packages of apps/pages, and a tabella (TABELLA), whose cache has the parameters.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, serveDist } from "../../../apps/pages/tests/browser/support.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
const runs = Number(process.env.RUNS ?? 5);

/** The file of the parameters of a Cast, which is made if it is missing. */
function parameters() {
  const tabella = process.env.TABELLA ?? join(here, "../../../target/native/release/tabella");
  const { status, stdout, stderr, error } = spawnSync(tabella, ["setup", "dev", "--json"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${tabella} setup dev: ${error?.message ?? stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)).shapes.find(({ shape }) => shape === "cast").file;
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

const answers = {
  "/peers": ["text/html", "<!doctype html><title>Peers</title>"],
  "/worker.js": ["text/javascript", readFileSync(join(here, "worker.js"))],
  "/cast.params": ["application/octet-stream", readFileSync(parameters())],
};
for (const name of readdirSync(join(here, "dist"), { recursive: true })) {
  if (extname(name) in types) answers[`/dist/${name}`] = [types[extname(name)], readFileSync(join(here, "dist", name))];
}
const server = await serveDist(answers);
const browser = await launch();
try {
  for (const threads of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 2]) {
    const page = await browser.newPage();
    await page.goto(`${server.base}/peers`);
    const { turns, error } = await page.evaluate(
      (asked) =>
        new Promise((resolve) => {
          const worker = new Worker("/worker.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve({ error: message || "the worker does not start" });
          worker.postMessage(asked);
        }),
      { threads, runs },
    );
    if (error) throw new Error(error);
    await page.close();
    console.error(JSON.stringify(turns));
    const [ours_ms, theirs_ms] = ["ours", "theirs"].map((side) => median(turns.map((turn) => turn[side])));
    console.log(
      JSON.stringify({
        name: "Cast proof in Chromium",
        against: "ark-groth16 0.6 in wasm, same page",
        ours_ms,
        theirs_ms,
        ratio: theirs_ms / ours_ms,
        bar: 4,
        bar_is_of: "ratio",
        threads,
        ifma: false,
        runs,
        differs:
          "from the circuit with its witness, in one module; ours also checks every constraint and the finished proof; arkworks is given " +
          "the matrices. Of arkworks only the transforms have all threads: its multiplications make threads, which a page cannot",
      }),
    );
  }
} finally {
  await browser.close();
  await server.close();
}
