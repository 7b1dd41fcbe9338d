// The board of an election: its messages, each with its signature checked by the engine.
import type { BoardKind } from "../../../browser/engine";
import { node } from "../api/node";
import type { Remote } from "./remote";

export interface Posted {
  sequence: number;
  kind: BoardKind;
  author: string;
  number: number;
  body: Uint8Array;
}

export class Board {
  messages: Posted[] = [];
  authority = "";
  #last = 0;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(
    readonly engine: Remote,
    readonly ledger: string,
    readonly id: string,
  ) {}

  /** Reads what is new, one reading after the other. Says whether there was anything. */
  refresh(): Promise<boolean> {
    const next = this.#reading.then(
      () => this.read(),
      () => this.read(),
    );
    this.#reading = next;
    return next;
  }

  private async read(): Promise<boolean> {
    if (this.authority === "") this.authority = (await node.board(this.id)).authority;
    const listed = (await node.boardMessages(this.id)).filter((message) => message.sequence > this.#last);
    for (const { sequence } of listed) {
      const message = await this.engine.run("readBoardMessage", await node.boardMessage(this.id, sequence), this.ledger, this.id);
      const expected = this.messages.filter((other) => other.author === message.author).length;
      if (message.number !== expected) throw new Error(`the board keeps back message ${expected} of ${message.author}`);
      this.messages = [...this.messages, { sequence, ...message }];
      this.#last = sequence;
    }
    return listed.length > 0;
  }

  /** The authority's message of a kind. */
  one(kind: BoardKind): Uint8Array | undefined {
    return this.messages.find((message) => message.kind === kind && message.author === this.authority)?.body;
  }

  /** All messages of the authority of a kind. */
  all(kind: BoardKind): Uint8Array[] {
    return this.messages.filter((message) => message.kind === kind && message.author === this.authority).map(({ body }) => body);
  }

  /** The newest message of a kind of each of these authors, in their order. */
  of(kind: BoardKind, authors: readonly string[]): (Uint8Array | undefined)[] {
    return authors.map((author) => this.messages.findLast((message) => message.kind === kind && message.author === author)?.body);
  }

  /** The number that an author's next message has. */
  next(author: string): number {
    return this.messages.filter((message) => message.author === author).length;
  }
}

export const toHex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
/** Two byte strings in one. */
export function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
export const randomHex = (length: number): string => toHex(crypto.getRandomValues(new Uint8Array(length)));

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** Encrypts text under a passphrase: PBKDF2 (SHA-256, 600,000 rounds) and AES-256-GCM of the browser. */
export async function seal(text: string, passphrase: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(passphrase, salt), new TextEncoder().encode(text));
  return [salt, iv, new Uint8Array(sealed)].map(toBase64).join(".");
}

export async function unseal(sealed: string, passphrase: string): Promise<string> {
  const [salt, iv, content] = sealed.split(".").map((part) => new Uint8Array(fromBase64(part)));
  if (salt === undefined || iv === undefined || content === undefined) throw new Error("the file is damaged");
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await keyOf(passphrase, salt), content));
}

async function keyOf(passphrase: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", new TextEncoder().encode(passphrase), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: 600_000 }, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
