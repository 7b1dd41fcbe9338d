import { cpSync, existsSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const here = import.meta.dirname;
const engine = resolve(here, "../browser/dist");

/** The engine is not bundled: its threads load themselves by their own addresses. */
const copyEngine: Plugin = {
  name: "copy-engine",
  apply: "build",
  writeBundle(options) {
    for (const module of ["verify", "full", "threads"]) {
      const from = resolve(engine, module);
      if (existsSync(from)) cpSync(from, resolve(options.dir ?? "dist", "engine", module), { recursive: true });
      else this.warn(`apps/browser/dist/${module} is missing: run make wasm`);
    }
  },
};

export default defineConfig({
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: Object.fromEntries(["index", "booth", "admin", "trustee", "explorer", "applications", "wallet"].map((page) => [page, resolve(here, `${page}.html`)])),
    },
  },
  worker: { format: "es" },
  plugins: [copyEngine],
});
