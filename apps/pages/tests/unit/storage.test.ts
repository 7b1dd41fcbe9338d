// What a page leaves in the browser: its storage, the address bar, the history. Whatever is new fails here until somebody has looked
// whether a key, a choice, a seed or a token is in it.
import { deepEqual, equal, match } from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const paths = readdirSync("src", { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
const sources = new Map(paths.filter((path) => path.endsWith(".ts")).map((path) => [path, readFileSync(`src/${path}`, "utf8")]));

const source = (path: string): string => sources.get(path) ?? "";

/** What a pattern finds in all sources, each with its file. */
const found = (pattern: RegExp): string[] =>
  [...sources].flatMap(([path, text]) => [...text.matchAll(pattern)].map((one) => `${path}: ${one[1] ?? one[0]}`)).sort();

/** The same in one file. */
const within = (path: string, pattern: RegExp): string[] => [...source(path).matchAll(pattern)].map((one) => one[1] ?? one[0]);

test("the sources are read", () => {
  equal(sources.size > 40 && source("pages/booth.ts") !== "", true);
});

test("nothing is kept in the browser but by the listed places", () => {
  deepEqual(found(/\b(?:(?:localStorage|sessionStorage|indexedDB|caches|cookieStore)\b(?:\.\w+)?|navigator\.storage|document\.cookie|window\.name|getDirectory|showSaveFilePicker)/g), [
    "engine/prove.ts: indexedDB.open",
    "i18n/locale.ts: localStorage.getItem",
    "i18n/locale.ts: localStorage.setItem",
    "pages/trustee.ts: localStorage.getItem",
    "pages/trustee.ts: localStorage.setItem",
  ]);
});

test("local storage holds the language, the theme and checkpoints, which are public", () => {
  // The page's frame only hands it on.
  deepEqual(found(/import \{[^}]*\b(keep)\b[^}]*\} from/g), ["components/page.ts: keep", "engine/ledger-log.ts: keep"]);
  deepEqual(within("components/page.ts", /^.*\bkeep\b.*$/gm).slice(1), ["export { keep, read };"]);
  deepEqual(within("engine/ledger-log.ts", /\bkeep\(([^;]*)\);/g), ["`checkpoint.${ledger.id}`, text"]);
  deepEqual(within("i18n/locale.ts", /^ {2}keep\(([^;]*)\);/gm), ['"language", next', '"theme", next']);
});

test("of a trustee, local storage holds what is sealed under her passphrase, and what is no secret", () => {
  deepEqual(within("pages/trustee.ts", /localStorage\.setItem\(([^;]*)\);/g), ["slot(this.kept.board, this.#publicKey), JSON.stringify(this.kept)"]);
  const kept = /interface Kept \{([^}]*)\}/.exec(source("pages/trustee.ts"))?.[1] ?? "";
  const fields = [...kept.matchAll(/^ {2}(\w+)\??:/gm)].map((one) => one[1]);
  deepEqual(fields, ["tabella", "board", "ledger", "identity", "ceremony", "key", "journal", "tried"]);
  deepEqual(within("pages/trustee.ts", /\bkeep\((\{.*\})\);/g), [
    "{}",
    '{ ceremony: toBase64(await ceremony.call("seal", this.#secret)) }',
    '{ key: toBase64(await this.#key.call("seal", this.#secret)) }',
    "{ tried: true }",
    // Which totals were decrypted: everybody sees them on the board.
    "{ journal: toBase64(next) }",
  ]);
  match(source("pages/trustee.ts"), /this\.kept = \{ tabella: "trustee 1", [^}]*identity: toBase64\(await this\.#identity\.call\("seal", this\.#secret\)\) \};/);
});

test("the browser's database holds proving keys, by the hash of what everybody may fetch", () => {
  deepEqual(within("engine/prove.ts", /\.put\(([^)]*)\)/g), ["file, hash"]);
  deepEqual(within("engine/prove.ts", /await keep\(([^)]*)\)/g), ["pinned.hash, file"]);
});

test("an invitation's token is taken out of address bar and history before anything else happens", () => {
  const readers = [...sources].filter(([, text]) => text.includes("#i=(")).map(([path]) => path);
  deepEqual(readers.sort(), ["pages/booth.ts", "pages/trustee.ts"]);
  for (const path of readers) {
    const [, after = ""] = source(path).split(/\.exec\(location\.hash\)[^;]*;/);
    const cleared = after.indexOf('history.replaceState(null, "", location.pathname);');
    equal(cleared > 0 && cleared < after.search(/\bawait\b|\bvoid\b/), true);
  }
});

test("addresses are written by the listed places, and name nothing but what the ledger shows everybody", () => {
  deepEqual(found(/\blocation\.(?:hash|search|href)\s*=[^=][^;]*|\blocation\.(?:assign|replace)\b[^;]*|\bhistory\.\w+State\b[^;]*|\bwindow\.open\b[^;]*/g), [
    "pages/applications.ts: location.hash = `${this.chosen}/${id}`",
    'pages/booth.ts: history.replaceState(null, "", location.pathname)',
    'pages/trustee.ts: history.replaceState(null, "", location.pathname)',
    // Takes the tracker away and leaves the election.
    'pages/verifier.ts: history.replaceState(null, "", election === null ? location.pathname : `#election=${election}`)',
  ]);
  deepEqual(found(/#\w+=\$\{[^`"\s]*/g), [
    // The administrator's table of invitations: each is to be given to one person.
    "pages/admin.ts: #i=${this.project?.board",
    "components/voting.ts: #election=${election.id}",
    "pages/booth.ts: #election=${report.election}&tracker=${report.tracker}",
    "pages/explorer.ts: #election=${election.id}",
    "pages/verifier.ts: #election=${election}",
    // The address of a record, which somebody typed, for the verifier that may read from other servers.
    "pages/verifier.ts: #url=${encodeURIComponent(this.elsewhere)}",
  ].sort());
});

test("what is read from an address is a language, an invitation or what the ledger shows everybody", () => {
  deepEqual(found(/\blocation\.(?:hash|search)(?!\s*=[^=])/g), [
    "i18n/locale.ts: location.search",
    "pages/applications.ts: location.hash",
    "pages/booth.ts: location.hash",
    "pages/trustee.ts: location.hash",
    "pages/verifier.ts: location.hash",
  ]);
});
