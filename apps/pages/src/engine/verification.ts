// The verification of a record on several workers: each replays the log, which is cheap, and checks its part of the proofs.
import type { Culprits, ReceiptReport, Verdict } from "../../../browser/engine";
import type { RecordVerifier } from "../../../browser/engine";
import type { Handle, Remote } from "./remote";

export interface State {
  stage: "replay" | "check" | "finish";
  done: number;
  total: number;
  /** Ballots a second, once some were checked. */
  rate: number | undefined;
  workers: number;
}

/** Workers tell each percent; a page that showed each would take time from them. */
const showEvery = 100;

export class Verification {
  readonly #engines: Remote[];
  #verifiers: Handle<RecordVerifier>[] = [];

  constructor(
    make: () => Remote,
    readonly count = Math.max(1, Math.min(8, navigator.hardwareConcurrency)),
  ) {
    this.#engines = Array.from({ length: this.count }, make);
    // While the reader looks for a record. That an engine is missing is said when it is needed.
    for (const engine of this.#engines) engine.run("prepare").catch(() => undefined);
  }

  async run(record: Uint8Array, show: (state: State) => void): Promise<Verdict> {
    const count = this.count;
    let shown = 0;
    const showNowAndThen = (state: State): void => {
      const now = performance.now();
      if (now - shown < showEvery) return;
      shown = now;
      show(state);
    };
    const start = performance.now();
    show({ stage: "replay", done: 0, total: 0, rate: undefined, workers: count });
    this.#verifiers = await Promise.all(this.#engines.map((engine) => engine.make("RecordVerifier", record)));
    const replays = await Promise.all(
      this.#verifiers.map((verifier, index) =>
        verifier.call("replay", (_stage: string, done: number, total: number) => {
          if (index === 0) showNowAndThen({ stage: "replay", done, total, rate: undefined, workers: count });
        }),
      ),
    );
    const first = this.#verifiers[0];
    const replay = replays[0];
    if (first === undefined || replay === undefined) throw new Error("there is no worker");
    let culprits: Culprits[] = [];
    if (replay.opened) {
      const parts = Array.from({ length: count }, () => ({ done: 0, total: 0 }));
      const began = performance.now();
      culprits = await Promise.all(
        this.#verifiers.map((verifier, index) =>
          verifier.call("check", index, count, (_stage: string, done: number, total: number) => {
            parts[index] = { done, total };
            const all = parts.reduce((sum, part) => ({ done: sum.done + part.done, total: sum.total + part.total }), { done: 0, total: 0 });
            const share = all.total > 0 ? all.done / all.total : 0;
            const seconds = (performance.now() - began) / 1000;
            const rate = seconds > 0.2 ? (replay.ballots * share) / seconds : undefined;
            showNowAndThen({ stage: "check", done: all.done, total: all.total, rate, workers: count });
          }),
        ),
      );
    }
    show({ stage: "finish", done: 0, total: 0, rate: undefined, workers: count });
    const verdict = await first.call("finish", culprits);
    performance.measure("tabella: verification", { start, detail: { ballots: replay.ballots, workers: count } });
    // The first keeps the record, to be asked about ballots; the others have done their work.
    this.#engines.splice(1).forEach((engine) => {
      engine.end();
    });
    return verdict;
  }

  findBallot(tracker: string): Promise<{ entry: number; counts: boolean } | null> {
    return this.#first().call("findBallot", tracker);
  }

  checkReceipt(receipt: Uint8Array): Promise<ReceiptReport> {
    return this.#first().call("checkReceipt", receipt);
  }

  #first(): Handle<RecordVerifier> {
    const first = this.#verifiers[0];
    if (first === undefined) throw new Error("no record was verified");
    return first;
  }

  end(): void {
    this.#engines.splice(0).forEach((engine) => {
      engine.end();
    });
  }
}
