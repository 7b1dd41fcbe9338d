// The ledger's log as this browser has replayed and checked it: what a wallet reads, and nothing that the node only says.
import type { LedgerLog } from "../../../browser/engine";
import { node } from "../api/node";
import { words } from "../i18n/locale";
import { EngineFailure, type Handle, type Remote } from "./remote";
import type { Show } from "./prove";

export class OwnLedger {
  readonly #engine: Remote;
  #log: Handle<LedgerLog> | undefined;

  constructor(engine: Remote) {
    this.#engine = engine;
  }

  /** What has been read so far. */
  get log(): Handle<LedgerLog> | undefined {
    return this.#log;
  }

  /** Reads what is new on the ledger, and checks that the ledger signed exactly that. */
  async read(show: Show): Promise<Handle<LedgerLog>> {
    const ledger = await node.ledger();
    this.#log ??= await this.#engine.make("LedgerLog", ledger.name, ledger.key);
    const log = this.#log;
    for (let attempt = 1; ; attempt++) {
      for await (const page of node.entries("/entries", await log.get("entries"))) {
        await log.call("append", page.frames);
        show(words().wallet.reading, page.next, page.size);
      }
      if ((await log.get("entries")) === 0) return log;
      try {
        await log.call("checkCheckpoint", await node.checkpoint(ledger.log));
        return log;
      } catch (error) {
        // An entry may have come between the two answers.
        if (!(error instanceof EngineFailure && error.code === "log" && attempt < 4)) throw error;
      }
    }
  }
}
