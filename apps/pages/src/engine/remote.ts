// Calls into the engine, which lives in a worker. Objects stay there: this side holds numbered handles, so that a key is
// never in the memory of the page itself.
import type * as Engine from "../../../browser/engine";

type Module = typeof Engine;
interface Held {
  free(): void;
}
type Sent<T> = T extends Held ? Handle<T> : T extends Held[] ? Handle<T[number]>[] : T;
type SentAll<A extends unknown[]> = { [K in keyof A]: Sent<A[K]> };
type MethodNames<T> = { [K in keyof T]: T[K] extends (...given: never[]) => unknown ? K : never }[keyof T] & string;
type ClassNames = { [K in keyof Module]: Module[K] extends { prototype: unknown } ? K : never }[keyof Module];
type Instance<C extends ClassNames> = Module[C] extends { prototype: infer T } ? T : never;
type FunctionNames = Exclude<{ [K in keyof Module]: Module[K] extends (...given: never[]) => unknown ? K : never }[keyof Module], "default" | "initSync" | "initThreadPool">;

export interface Request {
  id: number;
  op: "new" | "static" | "call" | "get" | "free" | "function";
  of?: string;
  handle?: number;
  name?: string;
  args?: unknown[];
}
export type Reply =
  | { id: number; progress: [string, number, number] }
  | { id: number; value: unknown }
  | { id: number; error: { message: string; code: string; detail?: string | undefined; korean?: string | undefined; below?: string | undefined } };

export class EngineFailure extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly detail?: string,
    /** The message in Korean, and what error of a program it ends with: of a desk's refusal. */
    readonly korean?: string,
    readonly below?: string,
  ) {
    super(message);
  }
}

const released = new FinalizationRegistry<() => void>((free) => {
  free();
});

/** An object of the engine. */
export class Handle<T> {
  constructor(
    readonly engine: Remote,
    readonly number: number,
  ) {
    released.register(this, () => {
      engine.release(number);
    }, this);
  }

  call<K extends MethodNames<T>>(name: K, ...args: T[K] extends (...given: infer A) => unknown ? SentAll<A> : never): Promise<T[K] extends (...given: never[]) => infer R ? Sent<R> : never> {
    return this.engine.ask({ op: "call", handle: this.number, name, args }) as never;
  }

  get<K extends keyof T & string>(name: K): Promise<T[K]> {
    return this.engine.ask({ op: "get", handle: this.number, name }) as never;
  }

  /** Wipes it. */
  free(): void {
    released.unregister(this);
    this.engine.release(this.number);
  }
}

interface Waiting {
  resolve: (value: never) => void;
  reject: (reason: Error) => void;
  progress: ((stage: string, done: number, total: number) => void) | undefined;
}

export class Remote {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = (event: MessageEvent<Reply>) => {
      this.#take(event.data);
    };
    worker.onerror = (event) => {
      for (const waiting of this.#waiting.values()) waiting.reject(new EngineFailure(event.message || "the engine's worker has stopped", "internal"));
      this.#waiting.clear();
    };
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    if ("progress" in reply) {
      waiting.progress?.(...reply.progress);
      return;
    }
    this.#waiting.delete(reply.id);
    if ("error" in reply) waiting.reject(new EngineFailure(reply.error.message, reply.error.code, reply.error.detail, reply.error.korean, reply.error.below));
    else waiting.resolve(this.#read(reply.value) as never);
  }

  #read(value: unknown): unknown {
    return typeof value === "object" && value !== null && "$handle" in value ? new Handle(this, value.$handle as number) : value;
  }

  ask(request: Omit<Request, "id">): Promise<unknown> {
    const id = this.#next++;
    let progress: Waiting["progress"];
    const args = request.args?.map((arg) => {
      if (typeof arg === "function") {
        progress = arg as Waiting["progress"];
        return { $progress: true };
      }
      return send(arg);
    });
    return new Promise<never>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, progress });
      this.#worker.postMessage({ ...request, id, ...(args === undefined ? {} : { args }) });
    });
  }

  release(handle: number): void {
    this.#worker.postMessage({ id: 0, op: "free", handle } satisfies Request);
  }

  make<C extends ClassNames>(of: C, ...args: Module[C] extends new (...given: infer A) => unknown ? SentAll<A> : never): Promise<Handle<Instance<C>>> {
    return this.ask({ op: "new", of, args }) as never;
  }

  static<C extends ClassNames, K extends MethodNames<Omit<Module[C], "prototype">>>(
    of: C,
    name: K,
    ...args: Module[C][K & keyof Module[C]] extends (...given: infer A) => unknown ? SentAll<A> : never
  ): Promise<Handle<Instance<C>>> {
    return this.ask({ op: "static", of, name, args }) as never;
  }

  run<K extends FunctionNames>(name: K, ...args: Module[K] extends (...given: infer A) => unknown ? SentAll<A> : never): Promise<Module[K] extends (...given: never[]) => infer R ? R : never> {
    return this.ask({ op: "function", name, args }) as never;
  }

  /** Ends the worker; whatever it held is gone. */
  end(): void {
    this.#worker.terminate();
    for (const waiting of this.#waiting.values()) waiting.reject(new EngineFailure("stopped", "stopped"));
    this.#waiting.clear();
  }
}

function send(arg: unknown): unknown {
  if (arg instanceof Handle) return { $handle: arg.number };
  if (Array.isArray(arg) && arg.some((item) => item instanceof Handle)) return arg.map(send);
  return arg;
}
