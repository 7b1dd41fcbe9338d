// How rights of hidden weight are handed out: the engine and the node are played here.
import "./browser";
import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import type { Authority, Distribution } from "../../../browser/engine";
import type { Election } from "../../src/api/node";
import type { Handle, Remote } from "../../src/engine/remote";

const { EngineFailure } = await import("../../src/engine/remote");
const { distribute, secondsFor, viewingKey } = await import("../../src/engine/distribution");

const soon = Math.floor(Date.now() / 1000) + 3600;
const otherRoll = /^Error: These weights or registrations are not those with which the roll was fixed\. Open the administrator’s file that was saved last/;
const roll = [{ address: "A", weight: 5 }, { address: "B", weight: 3 }, { address: "C", weight: 1 }];

interface Played {
  /** How many transfers are left when it begins. */
  readonly left: number;
  readonly opens?: number;
  /** What becomes of the transactions of these numbers, from 1 on: the status of the answer, or none at all. */
  readonly fails?: (number: number) => number | "network" | undefined;
  /** What the engine says of what was sent, when nothing is left. */
  readonly wrong?: boolean;
}

/** An engine that makes a transfer at a time, and a node that takes them: what was asked of both, in order. */
function play({ left, opens = soon, fails, wrong = false }: Played): { asked: string[]; freed: string[]; rolls: unknown[]; shown: string[]; waited: number[]; looks: number[]; run: () => Promise<Distribution>; key: () => Promise<Uint8Array> } {
  const [asked, freed, rolls, shown]: [string[], string[], unknown[], string[]] = [[], [], [], []];
  const [waited, looks]: [number[], number[]] = [[], []];
  let submitted = 0;
  const json = (value: unknown): Response => new Response(JSON.stringify(value), { headers: { "content-type": "application/json" } });
  globalThis.fetch = (input) => {
    const path = input as string;
    if (path.endsWith("/transactions")) {
      asked.push("submit");
      const failure = fails?.(++submitted);
      if (failure === "network") return Promise.reject(new TypeError("fetch failed"));
      if (failure !== undefined) return Promise.resolve(new Response(JSON.stringify({ type: failure === 422 ? "/problems/refused" : "/problems/other", title: `Status ${failure}` }), { status: failure }));
      left--;
      return Promise.resolve(json({}));
    }
    if (path.includes("/entries")) return Promise.resolve(new Response("", { headers: { "tabella-first": "0", "tabella-next": "0", "tabella-size": "0" } }));
    return Promise.resolve(path.endsWith("/checkpoint") ? new Response("signed") : json({ name: "played", key: "k" }));
  };
  const held = (name: string, calls: Record<string, (...given: unknown[]) => unknown> = {}): object => ({
    call: (call: string, ...given: unknown[]) => Promise.resolve().then(() => calls[call]?.(...given)),
    get: () => Promise.resolve(0),
    free: () => freed.push(name),
  });
  const authority = held("authority", {
    distribution: (_log, given) => {
      asked.push("look");
      rolls.push(given);
      if (left === 0 && wrong) throw new EngineFailure("somebody was sent another weight", "refused");
      return { transfers: 2, left, weight: left };
    },
    distribute: (_log, given) => {
      asked.push("make");
      rolls.push(given);
      return [new Uint8Array([1])];
    },
    viewingKey: (_log, given) => {
      rolls.push(given);
      return new Uint8Array([7]);
    },
  }) as Handle<Authority>;
  const engine = { make: (of: string) => Promise.resolve(held(of, { isLoaded: () => true, checkCheckpoint: () => asked.push("check") })) } as unknown as Remote;
  const election = { id: "e", opens, log: { hash: "h" } } as Election;
  const show = (label: string, done: number, total: number): void => void shown.push(`${label} ${done}/${total}`);
  return {
    asked, freed, rolls, shown, waited, looks,
    run: () =>
      distribute({
        engine, authority, election, roll, show,
        look: (found) => void looks.push(found.left),
        pause: (seconds) => {
          waited.push(seconds);
          return Promise.resolve();
        },
      }),
    key: () => viewingKey(engine, authority, election, roll, show),
  };
}

test("rights are sent until none is left, each time by what the ledger has signed", async () => {
  const { asked, freed, rolls, shown, run } = play({ left: 2 });
  deepEqual(await run(), { transfers: 2, left: 0, weight: 0 });
  deepEqual(asked, ["check", "look", "make", "submit", "check", "look", "make", "submit", "check", "look"]);
  deepEqual(shown.filter((line) => line.startsWith("Sending")), ["Sending the rights 0/2", "Sending the rights 1/2"]);
  deepEqual(freed, ["Prover", "ElectionLog"]);
  equal(rolls.every((given) => given === roll), true);
});

test("where nothing is left, nothing is made, and it is still checked what was sent", async () => {
  const good = play({ left: 0 });
  deepEqual(await good.run(), { transfers: 2, left: 0, weight: 0 });
  deepEqual(good.asked, ["check", "look"]);
  await rejects(play({ left: 0, wrong: true }).run(), otherRoll);
  const late = play({ left: 1, wrong: true });
  await rejects(late.run(), otherRoll);
  deepEqual(late.freed, ["Prover", "ElectionLog"]);
});

test("nothing is made once voting has opened", async () => {
  const { asked, freed, run } = play({ left: 1, opens: Math.floor(Date.now() / 1000) });
  await rejects(run(), /^Error: Voting opened .*, and rights of hidden weight are sent before it\. Draw up a new election that opens later\.$/);
  deepEqual([asked, freed], [["check", "look"], ["ElectionLog"]]);
});

test("what is found is told before it is too late to send", async () => {
  const { looks, run } = play({ left: 1, opens: Math.floor(Date.now() / 1000) });
  await rejects(run(), /Voting opened/);
  deepEqual(looks, [1]);
});

test("what the network or the node fails at is tried again, from the log, and said", async () => {
  const { asked, waited, shown, looks, run } = play({ left: 2, fails: (number) => (number === 2 ? "network" : number === 3 ? 503 : undefined) });
  deepEqual((await run()).left, 0);
  const block = ["check", "look", "make", "submit"];
  deepEqual(asked, [...block, ...block, ...block, ...block, "check", "look"]);
  deepEqual(waited, [2, 4]);
  deepEqual(looks, [2, 1, 1, 1, 0]);
  equal(shown.includes("That did not get through. It is tried again in 4 seconds 1/2"), true);
});

test("waits grow, and begin anew after something was sent", async () => {
  const { waited, run } = play({ left: 2, fails: (number) => (number <= 6 || number === 8 ? "network" : undefined) });
  await run();
  deepEqual(waited, [2, 4, 8, 16, 30, 30, 2]);
});

test("what goes on failing ends it, and so does the opening of the vote", async () => {
  const { waited, freed, run } = play({ left: 1, fails: () => "network" });
  await rejects(run(), /fetch failed/);
  deepEqual([waited.length, freed], [20, ["Prover", "ElectionLog"]]);
  const soonOpen = play({ left: 1, opens: Math.floor(Date.now() / 1000) + 3, fails: () => "network" });
  await rejects(soonOpen.run(), /fetch failed/);
  equal(soonOpen.waited.every((seconds) => seconds >= 1 && seconds <= 3), true);
});

test("what a rule refuses is tried once more, because another window may have sent it", async () => {
  const once = play({ left: 2, fails: (number) => (number === 1 || number === 3 ? 422 : undefined) });
  deepEqual((await once.run()).left, 0);
  deepEqual(once.waited, [2, 2]);
  const twice = play({ left: 2, fails: (number) => (number === 1 ? undefined : 422) });
  await rejects(twice.run(), /Status 422/);
  deepEqual(twice.waited, [2]);
});

test("what the node does not allow ends it, and the next attempt goes on", async () => {
  const first = play({ left: 2, fails: (number) => (number === 2 ? 403 : undefined) });
  await rejects(first.run(), /Status 403/);
  deepEqual(first.asked, ["check", "look", "make", "submit", "check", "look", "make", "submit"]);
  deepEqual(first.waited, []);
  const next = play({ left: 1 });
  deepEqual((await next.run()).left, 0);
  deepEqual(next.asked, ["check", "look", "make", "submit", "check", "look"]);
});

test("more transfers need more time", () => {
  deepEqual([0, 1, 600].map(secondsFor), [30, 33, 1830]);
});

test("the viewing key is of the roll that is due, and the log is let go", async () => {
  const { key, rolls, freed, asked } = play({ left: 0 });
  deepEqual(await key(), new Uint8Array([7]));
  deepEqual([rolls, freed, asked], [[roll], ["ElectionLog"], ["check"]]);
});
