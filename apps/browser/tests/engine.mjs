// Loads a module of the engine in Node.js.
import { readFileSync } from "node:fs";

/** @param {"verify" | "full"} kind @returns {Promise<typeof import("../engine.d.ts")>} */
export async function load(kind) {
  const folder = new URL(`../dist/${kind}/`, import.meta.url);
  const engine = await import(new URL("tabella_browser.js", folder));
  engine.initSync({ module: readFileSync(new URL("tabella_browser_bg.wasm", folder)) });
  return engine;
}

export const vector = (name) => new Uint8Array(readFileSync(new URL(`../../../tests/vectors/${name}`, import.meta.url)));
