declare module "node:test" {
  export function test(name: string, body: () => void | Promise<void>): void;
}
declare module "node:fs" {
  export function readFileSync(path: string, encoding: "utf8"): string;
  export function readdirSync(path: string, options: { recursive: true; encoding: "utf8" }): string[];
}
declare module "node:assert/strict" {
  export function equal(a: unknown, b: unknown): void;
  export function deepEqual(a: unknown, b: unknown): void;
  export function match(text: string, pattern: RegExp): void;
  export function throws(body: () => unknown, why?: RegExp): void;
  export function rejects(promise: Promise<unknown>, why: RegExp | ((error: never) => boolean)): Promise<void>;
}
