// What the browser tests share: Chromium, a server for the built pages with the node's headers, axe.
import assert from "node:assert/strict";
import { build } from "esbuild";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const dist = join(root, "dist");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm" };
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-background-networking", "--disable-gpu"] });

/** Serves the built pages; `extra` answers before them: path to [type, body]. There is no node behind it. */
export async function serveDist(extra = {}) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const headers = { "content-security-policy": policy, "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp", "x-content-type-options": "nosniff" };
    if (path in extra) {
      const [type, body] = extra[path];
      response.writeHead(200, { ...headers, "content-type": type });
      response.end(body);
      return;
    }
    const file = [path, `${path}.html`, path === "/" ? "/index.html" : ""].map((name) => join(dist, name)).find((name) => extname(name) !== "" && existsSync(name));
    if (file === undefined || !file.startsWith(dist)) {
      response.writeHead(404, { "content-type": "application/problem+json" });
      response.end('{"type":"/problems/not-found","title":"Not found","status":404}');
      return;
    }
    response.writeHead(200, { ...headers, "content-type": types[extname(file)] ?? "application/octet-stream" });
    response.end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { base: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** A module of the tests, bundled for the browser. */
export async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    define: { "import.meta.env": "{}" },
    outdir: "out",
    logLevel: "error",
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  });
  return outputFiles[0].text;
}

/** What WCAG 2.2 AA and good practice object to on a page: one line for each. */
export async function objections(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)}`));
}

/** Looks at a page as it is: what axe objects to, whether it fits the screen; keeps a picture in the folder SHOTS, if there is one. */
export async function examine(page, name) {
  assert.deepEqual(await objections(page), [], name);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} is wider than the screen`);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

/** The same, and once more in Korean, in the dark and on a phone. The page is as it was afterwards. */
export async function examineTwice(page, name) {
  await examine(page, name);
  const size = page.viewportSize();
  const [language, appearance] = [page.locator("footer select").first(), page.locator("footer select").last()];
  await page.setViewportSize({ width: 390, height: 844 });
  await language.selectOption("ko");
  await appearance.selectOption("dark");
  await examine(page, `${name}-ko-phone`);
  await language.selectOption("en");
  await appearance.selectOption("auto");
  await page.setViewportSize(size);
}

export const looks = [
  { name: "desktop, light, English", width: 1280, height: 900, colorScheme: "light", locale: "en-GB" },
  { name: "desktop, dark, Korean", width: 1280, height: 900, colorScheme: "dark", locale: "ko-KR" },
  { name: "phone, dark, English", width: 390, height: 844, colorScheme: "dark", locale: "en-GB" },
  { name: "phone, light, Korean", width: 390, height: 844, colorScheme: "light", locale: "ko-KR" },
];

export const contextOf = (browser, look, more = {}) =>
  browser.newContext({ viewport: { width: look.width, height: look.height }, colorScheme: look.colorScheme, locale: look.locale, reducedMotion: "reduce", ...more });
