import { number } from "../i18n/locale";

/** Smallest units as people write them. */
export function decimal(units: string, decimals: number): string {
  const padded = units.padStart(decimals + 1, "0");
  const whole = number(BigInt(padded.slice(0, padded.length - decimals)));
  const rest = padded.slice(padded.length - decimals).replace(/0+$/, "");
  return decimals === 0 || rest === "" ? whole : `${whole}.${rest}`;
}
