// What a page does with what the engine answers at a desk: the engine, the ledger and the node are played here.
import "./browser";
import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import type { Form } from "../../../browser/engine";
import type { NodeError } from "../../src/api/node";

const made = (first: boolean, files: { name: string; bytes: Uint8Array }[] = []): object => ({ first, transaction: new Uint8Array([1]), shown: [], files });
const form: Form = { id: "try", role: { en: "", ko: "" }, title: { en: "", ko: "" }, about: { en: "", ko: "" }, fields: [], proves: false };

interface Played {
  readonly answers: () => object;
  readonly status?: number;
  readonly lost?: boolean;
  readonly agreed?: boolean;
}

/** Hands the form in; what was submitted to the node and released in the wallet, and how it ended. */
async function play({ answers, status = 200, lost = false, agreed = true }: Played): Promise<{ submitted: number; released: number; asked: number; freed: unknown[]; end: Promise<unknown> }> {
  const seen = { submitted: 0, released: 0, asked: 0, freed: [] as unknown[] };
  Object.assign(globalThis, {
    fetch: async (): Promise<Response> => {
      seen.submitted++;
      if (lost) throw new TypeError("fetch failed");
      return Promise.resolve(new Response(JSON.stringify(status === 200 ? {} : { type: "/problems/refused", title: "refused", status }), { status }));
    },
  });
  const link = { click: () => undefined };
  Object.assign(globalThis.document, { createElement: () => link });
  const wallet = {
    call: async (name: string, ...given: unknown[]): Promise<unknown> => {
      if (name === "release") {
        seen.released++;
        seen.freed.push(...given);
      }
      return Promise.resolve(name === "handIn" ? answers() : undefined);
    },
  };
  const ledger = { read: async (): Promise<object> => Promise.resolve({}) };
  const { handIn } = await import("../../src/engine/at-desk");
  const at = { engine: {}, seed: {}, wallet, prover: {}, ledger, show: () => undefined } as unknown as Parameters<typeof handIn>[0];
  const end = handIn(at, "counter", form, {}, async () => {
    seen.asked++;
    return Promise.resolve(agreed);
  });
  await end.catch(() => undefined);
  return { ...seen, end };
}

// A file that is saved is given up after ten seconds, and a busy node is asked again after two: nobody waits for that here.
const later = globalThis.setTimeout;
globalThis.setTimeout = ((act: () => void, milliseconds = 0) => {
  const timer = later(act, milliseconds < 10_000 ? 0 : milliseconds) as unknown as { unref: () => number };
  return milliseconds < 10_000 ? timer : timer.unref();
}) as typeof setTimeout;

test("what comes first is submitted, and the form handed in again", async () => {
  let left = 3;
  const { submitted, released, asked, end } = await play({ answers: () => made(left-- > 0) });
  deepEqual(await end, { accepted: true, shown: [], files: [] });
  deepEqual([submitted, released, asked], [4, 0, 0]);
});

test("a desk that always wants something first is not obeyed for ever", async () => {
  const { submitted, released, end } = await play({ answers: () => made(true) });
  await rejects(end, /64 transactions are on the ledger/);
  deepEqual([submitted, released], [64, 1]);
});

test("nothing is sent before the reader says that the files are there", async () => {
  const files = [{ name: "draft", bytes: new Uint8Array([2]) }];
  const no = await play({ answers: () => made(false, files), agreed: false });
  equal(await no.end, undefined);
  deepEqual([no.asked, no.submitted, no.released], [1, 0, 1]);
  const yes = await play({ answers: () => made(false, files) });
  deepEqual(await yes.end, { accepted: true, shown: [], files });
  deepEqual([yes.asked, yes.submitted, yes.released], [1, 1, 0]);
});

test("a refusal frees the notes, and an answer that does not come frees nothing", async () => {
  for (const status of [422, 429]) {
    const refused = await play({ answers: () => made(false), status });
    await rejects(refused.end, (error: NodeError) => error.status === status);
    // Of this transaction alone: the wallet keeps what the same notes wait for besides, as when an offer is given up and the node refuses it.
    deepEqual([refused.released, refused.freed], [1, [new Uint8Array([1])]]);
  }
  for (const lost of [await play({ answers: () => made(false), lost: true }), await play({ answers: () => made(false), status: 500 })]) {
    await rejects(lost.end, /No answer came/);
    equal(lost.released, 0);
  }
});

test("a refusal is said in the reader's language; what only the error of a program says stands below it in English", async () => {
  const { setLanguage } = await import("../../src/i18n/locale");
  const { ko } = await import("../../src/i18n/ko");
  const { EngineFailure } = await import("../../src/engine/remote");
  const refused = async (...more: (string | undefined)[]): Promise<unknown> => {
    const [detail, korean, below] = more;
    const answers = (): object => {
      throw new EngineFailure("too little: 2 of 3", "refused", detail, korean, below);
    };
    return (await play({ answers })).end.catch((error: unknown) => {
      const { message, below } = error as { message: string; below?: string };
      return { text: message, below };
    });
  };
  deepEqual(await refused("amount", "부족합니다", "2 of 3"), { field: "amount", text: "too little: 2 of 3", below: undefined });
  setLanguage("ko");
  deepEqual(await refused("amount", "부족합니다", "2 of 3"), { field: "amount", text: "부족합니다", below: "2 of 3" });
  deepEqual(await refused("amount"), { field: "amount", text: ko.applications.refused, below: "too little: 2 of 3" });
  deepEqual(await refused(undefined, "부족합니다"), { text: "부족합니다", below: undefined });
  setLanguage("en");
});
