import { svg, html, type TemplateResult } from "lit";

/** Two hinged writing tablets, one of them ticked. */
export const brandMark: TemplateResult = html`<svg width="30" height="30" viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
  <rect x="2.5" y="4.5" width="12.5" height="23" rx="2" /><rect x="17" y="4.5" width="12.5" height="23" rx="2" fill="currentColor" />
  <path d="M6 11h5.5M6 16h5.5M6 21h3.5" /><path d="m20 16.5 2.6 2.8 4.2-6" stroke="var(--surface)" stroke-width="2.4" />
</svg>`;

const frame = (content: ReturnType<typeof svg>, size = 24): TemplateResult =>
  html`<svg class="mark" width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${content}</svg>`;

export const iconGood = frame(svg`<circle cx="12" cy="12" r="10" fill="currentColor" stroke="none"/><path d="m7.5 12.4 3 3.1 6-7" stroke="var(--surface)"/>`);
export const iconBad = frame(svg`<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z" fill="currentColor" stroke="none"/><path d="M8.5 8.5l7 7m0-7l-7 7" stroke="var(--surface)"/>`);
export const iconNote = frame(svg`<path d="M12 2.5 22.5 21h-21z" fill="currentColor" stroke="none"/><path d="M12 9.5v5M12 17.6v.1" stroke="var(--surface)"/>`);
export const iconWaiting = frame(svg`<circle cx="12" cy="12" r="9" stroke-dasharray="2 4"/>`);
export const iconSkipped = frame(svg`<circle cx="12" cy="12" r="9"/><path d="M8 12h8"/>`);
export const iconFile = frame(svg`<path d="M6 2.5h8l5 5v14H6zM14 2.5v5h5M12.5 18v-6m-2.5 2.4 2.5-2.6 2.5 2.6"/>`, 40);
