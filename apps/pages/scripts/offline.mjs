// Makes dist/verifier.html: the verifier in one file that needs no network, and its SHA-256.
//
// It needs nothing from anywhere; its policy lets it fetch a record from an address that its reader types. Worker and WebAssembly are blocks of data in it.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = fileURLToPath(new URL("..", import.meta.url));
const engine = join(root, "../browser/dist/verify");
if (!existsSync(join(engine, "tabella_browser_bg.wasm"))) {
  console.warn("verifier.html was not made: apps/browser/dist/verify is missing (make wasm)");
  process.exit(process.env.TABELLA_PAGES_NEED_ENGINE === "1" ? 1 : 0);
}

const bundle = async (entry, extra = {}) => {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    define: { "import.meta.env": "{}", "import.meta.url": '""' },
    alias: { "engine-verify": join(engine, "tabella_browser.js") },
    outdir: "out",
    logLevel: "error",
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
    ...extra,
  });
  return outputFiles[0].text.trim();
};

// No end of a script element may stand in a script.
const inScript = (text) => text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const style = await bundle("src/design/index.css");
const worker = inScript(await bundle("src/engine/offline.worker.ts"));
const page = inScript(await bundle("src/offline.ts"));
const wasm = readFileSync(join(engine, "tabella_browser_bg.wasm")).toString("base64");
const policy = [
  "default-src 'none'",
  `script-src ${hash(page)} 'wasm-unsafe-eval' blob:`,
  "worker-src blob:",
  `style-src ${hash(style)}`,
  "img-src data: blob:",
  "media-src blob:",
  "connect-src https: http://localhost:* http://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const html = `<!doctype html>
<html lang="en" data-alone>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tabella</title>
<style>${style}</style>
</head>
<body>
<tb-verifier></tb-verifier>
<script type="text/plain" id="worker">${worker}</script>
<script type="text/plain" id="wasm">${wasm}</script>
<script>${page}</script>
</body>
</html>
`;
writeFileSync(join(root, "dist/verifier.html"), html);
writeFileSync(join(root, "dist/verifier.html.sha256"), `${createHash("sha256").update(html).digest("hex")}  verifier.html\n`);
console.log(`dist/verifier.html: ${(html.length / 1e6).toFixed(2)} MB`);
