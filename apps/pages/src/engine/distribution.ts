// Rights of hidden weight: the authority sends each voter his own, on the ledger, before voting opens.
import type { Authority, Distribution, ElectionLog, Prover, RollEntry } from "../../../browser/engine";
import { NodeError, node, type Election } from "../api/node";
import { Said } from "../components/trouble";
import { moment, number, words } from "../i18n/locale";
import { now, openElection, readElection } from "./election";
import { loadProvingKey, type Show } from "./prove";
import { EngineFailure, type Handle, type Remote } from "./remote";

/**
 * Seconds that are reckoned for a transfer: a proof of it takes about 2 s in a browser on two threads, and the ledger has to take it. And seconds
 * for what comes before the first.
 */
const [perTransfer, beforeFirst] = [3, 30];

/** Seconds that have to be left before voting opens for so many transfers. */
export const secondsFor = (transfers: number): number => transfers * perTransfer + beforeFirst;

/** Attempts in a row that may fail by the network or the node before it is left to the administrator. */
const mostFailures = 20;

/** Waits in seconds before the next attempts; the last is that of all others. */
const waits = [2, 4, 8, 16, 30];

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** Whether the network or the node failed in a way that may pass. */
const mayPass = (error: unknown): boolean =>
  error instanceof NodeError ? error.status >= 500 || error.status === 429 : error instanceof TypeError && /fetch|network|load failed/i.test(error.message);

/** What the engine says of weights or registrations that are not those of the roll, in the reader's words. */
async function ofRoll<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw error instanceof EngineFailure && ["mismatch", "refused"].includes(error.code) ? new Said(words().admin.otherRoll, error.message) : error;
  }
}

/** The election's log, as far as the ledger has signed it when it is read. */
async function withLog<T>(engine: Remote, election: Election, show: Show, act: (log: Handle<ElectionLog>, read: () => Promise<void>) => Promise<T>): Promise<T> {
  const log = await openElection(engine, election);
  try {
    return await act(log, () =>
      readElection(log, election, (done, total) => {
        show(words().booth.reading, done, total);
      }),
    );
  } finally {
    log.free();
  }
}

export interface Distributing {
  readonly engine: Remote;
  readonly authority: Handle<Authority>;
  readonly election: Election;
  readonly roll: RollEntry[];
  readonly show: Show;
  /** Is told what each look at the whole log found. */
  readonly look: (found: Distribution) => void;
  /** Lets seconds pass. */
  readonly pause?: (seconds: number) => Promise<void>;
}

/**
 * Sends what is left to be sent, from where it stopped, and checks that everybody was sent what is due. What comes back says that nothing is
 * left. Once voting has opened nothing can be sent.
 *
 * What fails by the network or the node is tried again until voting opens: the log is read anew before, and a nullifier serves once, so that
 * nothing is sent twice. What a rule of the ledger refuses is tried once more: another window may have sent it meanwhile.
 */
export function distribute({ engine, authority, election, roll, show, look, pause = sleep }: Distributing): Promise<Distribution> {
  return withLog(engine, election, show, async (log, read) => {
    let prover: Handle<Prover> | undefined;
    let [failures, refusals] = [0, 0];
    let [done, total] = [0, 0];
    /** Sends the next block. What it found, if nothing was left. */
    const step = async (): Promise<Distribution | undefined> => {
      await read();
      const at = await ofRoll(authority.call("distribution", log, roll));
      look(at);
      [done, total] = [at.transfers - at.left, at.transfers];
      if (at.left === 0) return at;
      if (now() >= election.opens) throw new Said(words().admin.weightsLate(moment(election.opens)));
      prover ??= await engine.make("Prover");
      await loadProvingKey(engine, prover, "transfer", show);
      const tell = (more: number): void => {
        show(words().admin.sending, done + more, total);
      };
      tell(0);
      const made = await ofRoll(
        authority.call("distribute", log, roll, now(), prover, (_stage: string, more: number) => {
          tell(more);
        }),
      );
      for (const transaction of made) {
        await node.submit(transaction);
        [failures, refusals] = [0, 0];
      }
      return undefined;
    };
    try {
      for (;;) {
        try {
          const found = await step();
          if (found !== undefined) return found;
        } catch (error) {
          const refused = error instanceof NodeError && error.problem === "refused";
          const again = refused ? ++refusals <= 1 : mayPass(error) && ++failures <= mostFailures;
          const left = election.opens - now();
          if (!again || left <= 0) throw error;
          const seconds = Math.min(left, waits[Math.min(failures + refusals, waits.length) - 1] ?? 2);
          show(words().admin.sendAgain(number(seconds)), done, total);
          await pause(seconds);
        }
      }
    } finally {
      prover?.free();
    }
  });
}

/** The file by which an auditor sees the whole distribution. */
export const viewingKey = (engine: Remote, authority: Handle<Authority>, election: Election, roll: RollEntry[], show: Show): Promise<Uint8Array> =>
  withLog(engine, election, show, async (log, read) => {
    await read();
    return ofRoll(authority.call("viewingKey", log, roll));
  });
