import type { en } from "./en";

/** The same shape with any text in it: what a translation must have. */
export type Widen<T> = T extends string ? string : T extends (...given: infer A) => string ? (...given: A) => string : { [K in keyof T]: Widen<T[K]> };

export type Words = Widen<typeof en>;
