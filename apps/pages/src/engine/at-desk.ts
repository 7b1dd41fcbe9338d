// A wallet at the desks of applications: hands in forms, and brings to the ledger what comes of them.
import type { Form, FormValues, Prover, Seed, Wallet } from "../../../browser/engine";
import { NodeError, node } from "../api/node";
import type { DeskAsset, DeskFiles, DeskOutcome, DeskRefusal } from "../components/desk";
import { save } from "../components/parts";
import { Said, refusal } from "../components/trouble";
import { words } from "../i18n/locale";
import { now } from "./election";
import type { OwnLedger } from "./own-ledger";
import { loadProvingKey, type Show } from "./prove";
import { EngineFailure, type Handle, type Remote } from "./remote";

export interface AtWork {
  readonly engine: Remote;
  readonly seed: Handle<Seed>;
  readonly wallet: Handle<Wallet>;
  readonly prover: Handle<Prover>;
  readonly ledger: OwnLedger;
  readonly show: Show;
}

/** What can be done, by application. */
export async function desks(engine: Remote): Promise<ReadonlyMap<string, readonly Form[]>> {
  return new Map((await engine.run("desks")).map(({ application, forms }) => [application, forms]));
}

/** Reads what is new on the ledger; the assets that it has. */
export async function catchUp({ wallet, ledger, show }: AtWork): Promise<readonly DeskAsset[]> {
  const log = await ledger.read(show);
  await wallet.call("sync", log);
  return log.call("assets");
}

/** So many transactions may come first. Each costs a proof: whoever has more to do is asked. */
const MOST_FIRST = 64;

/**
 * Hands in a form. A refusal at a field is an answer; any other error is thrown. `agree` is asked before something is sent for which there
 * are files; if it says no, nothing was done.
 */
export async function handIn(at: AtWork, application: string, form: Form, values: FormValues, agree: (files: DeskFiles) => Promise<boolean>): Promise<DeskOutcome | DeskRefusal> {
  const { engine, seed, wallet, ledger, prover, show } = at;
  const w = words().applications;
  if (form.proves) await loadProvingKey(engine, prover, "transfer", show);
  for (let first = 0; ; first++) {
    const log = await ledger.read(show);
    await wallet.call("sync", log);
    show(w.handingIn, 0, 0);
    let made;
    try {
      made = await wallet.call("handIn", seed, log, application, form.id, values, now(), prover);
    } catch (error) {
      if (!(error instanceof EngineFailure) || error.code !== "refused") throw error;
      const { text, below } = refusal(error);
      if (error.detail === undefined) throw new Said(text, below);
      return { field: error.detail, text, below };
    }
    if (made.first && first === MOST_FIRST) {
      if (made.transaction !== null) await wallet.call("release", made.transaction);
      throw new Said(w.manyFirst(MOST_FIRST));
    }
    for (const file of made.files) save(file.name, file.bytes);
    if (made.transaction !== null) {
      // Before anything is final: what was made for it is on the reader's disk.
      if (made.files.length > 0 && !(await agree(made.files))) {
        await wallet.call("release", made.transaction);
        return undefined;
      }
      show(made.first ? w.first : w.handingIn, 0, 0);
      try {
        await node.submit(made.transaction);
      } catch (error) {
        const refused = error instanceof NodeError && error.status < 500;
        // Else it may have been accepted: its notes stay reserved, and nobody is told to do it again.
        if (!refused) throw new Said(w.unknown);
        // What the notes are set aside for besides is still good, and the wallet keeps it.
        await wallet.call("release", made.transaction);
        throw error;
      }
    }
    if (!made.first) return { accepted: made.transaction !== null, shown: made.shown, files: made.files };
  }
}
