// Bundles the unit tests and runs them with node's own test runner.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = fileURLToPath(new URL("..", import.meta.url));
const tests = readdirSync(join(root, "tests/unit")).filter((name) => name.endsWith(".test.ts"));
const out = mkdtempSync(join(root, "node_modules/.unit-"));
try {
  await build({
    entryPoints: tests.map((name) => join(root, "tests/unit", name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    define: { "import.meta.env": "{}" },
    logLevel: "warning",
  });
  const files = readdirSync(out).filter((name) => name.endsWith(".mjs"));
  process.exitCode = spawnSync(process.execPath, ["--test", ...files.map((name) => join(out, name))], { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
