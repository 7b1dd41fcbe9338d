// All roles. With threads where the page is isolated from other origins, else on one thread.
import { serve } from "./serve";

type Engine = Record<string, unknown> & { default: () => Promise<unknown>; initThreadPool?: (threads: number) => Promise<void> };

async function open(folder: string): Promise<Engine> {
  const address = new URL(`/engine/${folder}/tabella_browser.js`, self.location.origin).href;
  const engine = (await import(/* @vite-ignore */ address)) as Engine;
  await engine.default();
  return engine;
}

async function load(): Promise<Engine> {
  const threads = Math.min(8, navigator.hardwareConcurrency);
  if (self.crossOriginIsolated && threads > 1) {
    try {
      const engine = await open("threads");
      await engine.initThreadPool?.(threads);
      return engine;
    } catch {
      // This build has no threads, or the browser gives none: one is enough.
    }
  }
  return open("full");
}

serve(load());
