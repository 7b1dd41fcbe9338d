// Files as QR codes: what is too long for one is spread over several, each with its number and a checksum of the whole.

const prefix = "TBL1";
/** So many bytes give a code that the camera of a phone reads from a screen. */
const perCode = 400;
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** Base45 (RFC 9285): two bytes in three characters of a QR code's alphanumeric mode. */
export function base45(bytes: Uint8Array): string {
  let text = "";
  for (let place = 0; place < bytes.length; place += 2) {
    const pair = place + 1 < bytes.length;
    let value = pair ? (bytes[place] ?? 0) * 256 + (bytes[place + 1] ?? 0) : (bytes[place] ?? 0);
    for (let digit = 0; digit < (pair ? 3 : 2); digit++) {
      text += alphabet.charAt(value % 45);
      value = Math.floor(value / 45);
    }
  }
  return text;
}

export function fromBase45(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let place = 0; place < text.length; place += 3) {
    const part = [...text.slice(place, place + 3)].map((character) => alphabet.indexOf(character));
    const value = part.reduceRight((sum, digit) => sum * 45 + digit, 0);
    if (part.length === 1 || part.includes(-1) || value > (part.length === 3 ? 0xffff : 0xff)) throw new Error("this is no code of a file");
    if (part.length === 3) bytes.push(value >> 8);
    bytes.push(value & 0xff);
  }
  return Uint8Array.from(bytes);
}

function checksum(bytes: Uint8Array): string {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum.toString(16).toUpperCase().padStart(8, "0");
}

/** The texts of the codes that show a file. */
export function toCodes(file: Uint8Array): string[] {
  const count = Math.max(1, Math.ceil(file.length / perCode));
  const sum = checksum(file);
  return Array.from({ length: count }, (_, index) => `${prefix}:${index + 1}:${count}:${sum}:${base45(file.subarray(index * perCode, (index + 1) * perCode))}`);
}

/** Gathers the codes of one file, in any order. */
export class Gathering {
  #sum = "";
  #parts: (Uint8Array | undefined)[] = [];

  get have(): number {
    return this.#parts.filter((part) => part !== undefined).length;
  }

  get all(): number {
    return this.#parts.length;
  }

  /** Takes a code; gives the file once it is whole. Throws if the code is of something else. */
  take(text: string): Uint8Array | undefined {
    const found = /^TBL1:(\d{1,3}):(\d{1,3}):([0-9A-F]{8}):(.*)$/s.exec(text);
    const [, index, count, sum, content] = found ?? [];
    const place = Number(index) - 1;
    if (content === undefined || sum === undefined || place < 0 || place >= Number(count)) throw new Error("this is no code of a file");
    if (sum !== this.#sum || Number(count) !== this.#parts.length) {
      this.#sum = sum;
      this.#parts = Array.from({ length: Number(count) }, () => undefined);
    }
    this.#parts[place] = fromBase45(content);
    if (this.have < this.all) return undefined;
    const file = Uint8Array.from(this.#parts.flatMap((part) => [...(part ?? [])]));
    const whole = checksum(file) === this.#sum;
    // Whatever comes next begins anew: one of these was not read as it was shown.
    this.#sum = "";
    this.#parts = [];
    if (!whole) throw new Error("this is no code of a file");
    return file;
  }
}
