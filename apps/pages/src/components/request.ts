// What somebody scans or pastes to pay: an address, or a request for a payment.

/** Whether it is a request: its scheme is in either case, and nothing else of it may change its case. */
export const isRequest = (text: string): boolean => /^tabella:/i.test(text.trim());

/** An address or a request as it is read. Codes show addresses in upper case, which makes them smaller. */
export function payable(text: string): string {
  const trimmed = text.trim();
  return /^tab1/i.test(trimmed) ? trimmed.toLowerCase() : trimmed;
}
