// The verifier as one file: worker and WebAssembly stand in the page as data.
import { Remote } from "./engine/remote";
import { verifierPage } from "./pages/verifier";

const block = (id: string): string => document.getElementById(id)?.textContent ?? "";
const script = URL.createObjectURL(new Blob([block("worker")], { type: "text/javascript" }));
const wasm = Uint8Array.from(atob(block("wasm")), (character) => character.charCodeAt(0)).buffer;

verifierPage(() => {
  const worker = new Worker(script);
  worker.postMessage({ wasm });
  return new Remote(worker);
});
