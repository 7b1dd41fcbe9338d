import { Remote } from "./remote";

export const verifyEngine = (): Remote => new Remote(new Worker(new URL("./verify.worker.ts", import.meta.url), { type: "module" }));
export const fullEngine = (): Remote => new Remote(new Worker(new URL("./full.worker.ts", import.meta.url), { type: "module" }));
