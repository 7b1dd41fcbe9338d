// Proving keys: large files, fetched once by their hash, checked, and kept in this browser's database.
import type { Prover, Shape } from "../../../browser/engine";
import { download } from "../api/node";
import { Said } from "../components/trouble";
import { words } from "../i18n/locale";
import type { Handle, Remote } from "./remote";

const store = "proving-keys";

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("tabella", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(store);
    };
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error("the browser's database does not open"));
    };
  });
}

async function kept(hash: string): Promise<Uint8Array | undefined> {
  try {
    const request = (await database()).transaction(store).objectStore(store).get(hash);
    return await new Promise((resolve) => {
      request.onsuccess = () => {
        resolve(request.result instanceof Uint8Array ? request.result : undefined);
      };
      request.onerror = () => {
        resolve(undefined);
      };
    });
  } catch {
    return undefined;
  }
}

async function keep(hash: string, file: Uint8Array): Promise<void> {
  try {
    (await database()).transaction(store, "readwrite").objectStore(store).put(file, hash);
  } catch {
    // A private window may have no database: then the file is fetched again.
  }
}

export type Show = (label: string, done: number, total: number) => void;

/** Sees to it that the prover has the key of a shape. Whatever it was given, its hash was checked. */
export async function loadProvingKey(engine: Remote, prover: Handle<Prover>, shape: Shape, show: Show): Promise<void> {
  if (await prover.call("isLoaded", shape)) return;
  const pinned = (await engine.run("pinnedKeys")).find((key) => key.shape === shape);
  if (pinned === undefined) throw new Said(words().keys.keyWrong);
  let file = await kept(pinned.hash);
  if (file === undefined || (await engine.run("keyHash", file)) !== pinned.hash) {
    file = await download(`/v1/keys/${pinned.hash}`, (done, total) => {
      show(words().keys.provingKey, done, total);
    });
    if ((await engine.run("keyHash", file)) !== pinned.hash) throw new Said(words().keys.keyWrong);
    await keep(pinned.hash, file);
  }
  await prover.call("load", file, (_stage: string, done: number, total: number) => {
    show(words().keys.loadingKey, done, total);
  });
}
