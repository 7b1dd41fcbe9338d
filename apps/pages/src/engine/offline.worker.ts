// The verifier's worker in the file that stands alone: it is given the WebAssembly, since it can fetch nothing.
import * as engine from "engine-verify";
import { serve } from "./serve";

serve(
  new Promise((resolve) => {
    self.addEventListener("message", (event: MessageEvent<{ wasm?: ArrayBuffer }>) => {
      if (event.data.wasm === undefined) return;
      engine.initSync({ module: event.data.wasm });
      resolve(engine);
    });
  }),
);
