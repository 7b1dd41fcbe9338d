// An election's log, read from the node and replayed by the engine: a node that lies is found out.
import type { ElectionLog } from "../../../browser/engine";
import { node, type Election } from "../api/node";
import { EngineFailure, type Handle, type Remote } from "./remote";

/** Reads what is new, and checks that the ledger has signed exactly what was read. */
export async function readElection(log: Handle<ElectionLog>, election: Election, show: (done: number, total: number) => void): Promise<void> {
  const ledger = await node.ledger();
  for (let attempt = 1; ; attempt++) {
    for await (const page of node.entries(`/elections/${election.id}/entries`, await log.get("entries"))) {
      await log.call("append", page.frames);
      show(page.next, page.size);
    }
    try {
      await log.call("checkCheckpoint", await node.checkpoint(election.log.hash), ledger.name, ledger.key);
      return;
    } catch (error) {
      // The checkpoint may be one of entries that came while we read: read on, and look again.
      if (!(error instanceof EngineFailure && error.code === "log" && attempt < 4)) throw error;
    }
  }
}

export const openElection = (engine: Remote, election: Election): Promise<Handle<ElectionLog>> => engine.make("ElectionLog", election.id);

export const now = (): number => Math.floor(Date.now() / 1000);

/** The election of a board, once it is on the ledger. */
export async function electionOfBoard(board: string): Promise<Election | undefined> {
  for (const { id } of (await node.elections()).reverse()) {
    const election = await node.election(id);
    if (election.registration === board) return election;
  }
  return undefined;
}
