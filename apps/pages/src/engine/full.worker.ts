// All roles. With threads where the page is isolated from other origins, else on one thread.
import { serve } from "./serve";

type Engine = Record<string, unknown> & { default: () => Promise<unknown>; initThreadPool?: (threads: number) => Promise<void> };

async function open(folder: string): Promise<Engine> {
  const address = new URL(`/engine/${folder}/tabella_browser.js`, self.location.origin).href;
  const engine = (await import(/* @vite-ignore */ address)) as Engine;
  await engine.default();
  return engine;
}

/** A pool of which a worker does not start says nothing: it is given so long. */
const poolMilliseconds = 15_000;

async function withThreads(threads: number): Promise<Engine> {
  const engine = await open("threads");
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => {
      reject(new Error("the threads do not start"));
    }, poolMilliseconds);
  });
  await Promise.race([engine.initThreadPool?.(threads), late]);
  return engine;
}

async function load(): Promise<Engine> {
  const threads = Math.min(8, navigator.hardwareConcurrency);
  if (self.crossOriginIsolated && threads > 1) {
    try {
      return await withThreads(threads);
    } catch {
      // This build has no threads, or the browser gives none: one is enough.
    }
  }
  return open("full");
}

serve(load());
