// The verifier alone: small, and enough for records, receipts and opened ballots.
import { serve } from "./serve";

async function load(): Promise<Record<string, unknown>> {
  const address = new URL("/engine/verify/tabella_browser.js", self.location.origin).href;
  const engine = (await import(/* @vite-ignore */ address)) as Record<string, unknown> & { default: () => Promise<unknown> };
  await engine.default();
  return engine;
}

serve(load());
