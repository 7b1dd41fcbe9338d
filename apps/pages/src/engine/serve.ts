// The worker's side of remote.ts: owns the engine's objects, and answers one call after another.
import type { Reply, Request } from "./remote";

interface Held {
  free(): void;
}
type Callable = (...given: unknown[]) => unknown;

export function serve(load: Promise<Record<string, unknown>>): void {
  // Each call says that the engine is missing; nothing is said where nobody asked.
  load.catch(() => undefined);
  const objects = new Map<number, Held>();
  let next = 1;
  const post = (reply: Reply): void => {
    self.postMessage(reply);
  };

  const read = (arg: unknown, id: number): unknown => {
    if (Array.isArray(arg)) return arg.map((item) => read(item, id));
    if (typeof arg !== "object" || arg === null) return arg;
    if ("$handle" in arg) {
      const held = objects.get(arg.$handle as number);
      if (held === undefined) throw new Error("an object was used after it was freed");
      return held;
    }
    if ("$progress" in arg) {
      return (stage: string, done: number, total: number) => {
        post({ id, progress: [stage, done, total] });
      };
    }
    return arg;
  };

  const give = (value: unknown): unknown => {
    const isObject = typeof value === "object" && value !== null && typeof (value as Partial<Held>).free === "function";
    if (!isObject) return value;
    objects.set(next, value as Held);
    return { $handle: next++ };
  };

  const carryOut = (engine: Record<string, unknown>, request: Request): unknown => {
    const args = (request.args ?? []).map((arg) => read(arg, request.id));
    const held = request.handle === undefined ? undefined : objects.get(request.handle);
    switch (request.op) {
      case "new":
        return new (engine[request.of ?? ""] as new (...given: unknown[]) => unknown)(...args);
      case "static":
        return ((engine[request.of ?? ""] as Record<string, Callable>)[request.name ?? ""] as Callable).call(engine[request.of ?? ""], ...args);
      case "function":
        return (engine[request.name ?? ""] as Callable)(...args);
      case "call":
        if (held === undefined) throw new Error("an object was used after it was freed");
        return ((held as unknown as Record<string, Callable>)[request.name ?? ""] as Callable).call(held, ...args);
      case "get":
        return (held as unknown as Record<string, unknown>)[request.name ?? ""];
      case "free":
        held?.free();
        objects.delete(request.handle ?? 0);
        return undefined;
    }
  };

  self.onmessage = (event: MessageEvent<Request>) => {
    const request = event.data;
    if ((request as Partial<Request>).op === undefined) return;
    void load.then(
      (engine) => {
        try {
          const value = give(carryOut(engine, request));
          if (request.id !== 0) post({ id: request.id, value });
        } catch (error) {
          const { message, code, detail, korean, below } = error as { message?: string; code?: string; detail?: string; korean?: string; below?: string };
          post({ id: request.id, error: { message: message ?? String(error), code: code ?? "internal", detail, korean, below } });
        }
      },
      (error: unknown) => {
        post({ id: request.id, error: { message: error instanceof Error ? error.message : String(error), code: "load" } });
      },
    );
  };
}
