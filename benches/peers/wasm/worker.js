// Times both provers in turns, after two turns that do not count: a browser first compiles quickly, then well.
import init, { initThreadPool, Peers } from "./dist/tabella_peers_wasm.js";

async function times({ threads, runs }) {
  await init();
  await initThreadPool(threads);
  const peers = new Peers(new Uint8Array(await (await fetch("./cast.params")).arrayBuffer()));
  const time = (side) => {
    const start = performance.now();
    const proof = peers[side]();
    const elapsed = performance.now() - start;
    peers.verify(proof);
    return elapsed;
  };
  const turns = Array.from({ length: 2 + runs }, () => ({ ours: time("ours"), theirs: time("theirs") }));
  return turns.slice(2);
}

onmessage = ({ data }) => {
  times(data).then(
    (turns) => postMessage({ turns }),
    (error) => postMessage({ error: String(error) }),
  );
};
