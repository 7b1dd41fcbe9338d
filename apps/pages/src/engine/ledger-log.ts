// What the explorer checks of a ledger's logs: signatures of checkpoints, that an entry is in its log, that the log only grew.
import type { CheckpointReport } from "../../../browser/engine";
import { node, type LedgerInfo, type TransactionSummary } from "../api/node";
import { keep, read } from "../i18n/locale";
import { EngineFailure, type Remote } from "./remote";

/** A proof that was checked here: the entry is the one that the digest names, and the path leads from it to the signed root. */
export interface CheckedInclusion {
  leaf: number;
  path: string[];
  checkpoint: CheckpointReport;
  text: string;
}

/** Checks that a transaction is in the log that is the last of its list: its election's, else the ledger's own. */
export async function checkInclusion(engine: Remote, ledger: LedgerInfo, transaction: TransactionSummary): Promise<CheckedInclusion> {
  const log = transaction.logs.at(-1);
  if (log === undefined) throw new EngineFailure("the node names no log that holds the transaction", "log");
  const text = await node.checkpoint(log.hash);
  const checkpoint = await engine.run("checkCheckpoint", text, log.origin, ledger.verifier_key);
  const entries = log.hash === ledger.log ? "/entries" : `/elections/${transaction.election ?? ""}/entries`;
  const [entry, proof, { path }] = await Promise.all([
    node.entry(entries, log.leaf),
    node.inclusionProof(log.hash, log.leaf, checkpoint.size),
    node.inclusion(log.hash, log.leaf, checkpoint.size),
  ]);
  const digest = await engine.run("checkInclusion", entry, proof, text, log.origin, ledger.verifier_key);
  if (digest !== transaction.digest) throw new EngineFailure("the entry at this place of the log is another transaction", "log");
  return { leaf: log.leaf, path, checkpoint, text };
}

/** Checks that the log of a checkpoint that was seen before is the beginning of the log as it is now. Gives both sizes. */
export async function checkGrowth(engine: Remote, ledger: LedgerInfo, older: string): Promise<{ from: number; to: number; newest: string }> {
  const newest = await node.checkpoint(ledger.log);
  const [before, after] = [await engine.run("checkCheckpoint", older, ledger.name, ledger.verifier_key), await engine.run("checkCheckpoint", newest, ledger.name, ledger.verifier_key)];
  // The node may answer with a checkpoint that is a moment older than the block that it has just told.
  const [first, last, from, to] = before.size <= after.size ? [older, newest, before.size, after.size] : [newest, older, after.size, before.size];
  await engine.run("checkConsistency", await node.consistencyProof(ledger.log, from, to), first, last, ledger.name, ledger.verifier_key);
  return { from, to, newest: last };
}

/** The newest checkpoint of a ledger that this browser has checked. */
export const keptCheckpoint = (ledger: LedgerInfo): string | null => read(`checkpoint.${ledger.id}`);
export const keepCheckpoint = (ledger: LedgerInfo, text: string): void => {
  keep(`checkpoint.${ledger.id}`, text);
};
