// What every page has: header, navigation, footer, language and appearance, announcements.
import { LitElement, html, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { LanguageController, keep, language, read, setLanguage, setTheme, theme, words, type Language, type Theme } from "../i18n/locale";
import { brandMark } from "./icons";

export type PageName = "verify" | "vote" | "explore" | "applications" | "wallet" | "administer" | "trustee";

export interface Place {
  readonly name: PageName;
  readonly href: string;
}

export const places: readonly Place[] = [
  { name: "verify", href: "/" },
  { name: "vote", href: "/booth" },
  { name: "explore", href: "/explorer" },
  { name: "applications", href: "/applications" },
  { name: "wallet", href: "/wallet" },
  { name: "administer", href: "/admin" },
  { name: "trustee", href: "/trustee" },
];

interface Toast {
  readonly id: number;
  readonly text: string;
}

/** A page: in the light DOM, so that one style sheet, one outline and one set of ids serve all of it. */
export abstract class Page extends LitElement {
  @state() private menu = false;
  @state() private toasts: readonly Toast[] = [];
  #nextToast = 0;
  /** Whether the page stands alone, as a file, without the other pages. */
  protected readonly alone: boolean = document.documentElement.dataset["alone"] !== undefined;
  protected abstract readonly page: PageName;

  constructor() {
    super();
    new LanguageController(this);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected abstract heading(): string;
  protected abstract content(): TemplateResult;

  /** Says something that does not ask for an answer. Screen readers speak it. */
  protected say(text: string): void {
    const id = this.#nextToast++;
    this.toasts = [...this.toasts, { id, text }];
    setTimeout(() => {
      this.toasts = this.toasts.filter((toast) => toast.id !== id);
    }, 6000);
  }

  /** Moves the reader to a heading after the page has changed below his hands. */
  protected async goTo(selector: string): Promise<void> {
    await this.updateComplete;
    const target = this.querySelector<HTMLElement>(selector);
    if (target === null) return;
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  protected override updated(): void {
    document.title = `${this.heading()} · Tabella`;
  }

  protected override render(): TemplateResult {
    const w = words();
    return html`<div class="page">
      <a class="skip" href="#main">${w.shell.skip}</a>
      <header class="top">
        <div class="wrap">
          <a class="brand" href=${this.alone ? "#main" : "/"}>${brandMark}<span>Tabella</span></a>
          ${this.alone ? nothing : this.navigation()}
        </div>
      </header>
      <main id="main" tabindex="-1"><div class="wrap">${this.content()}</div></main>
      ${this.footer()}
      <div class="toasts" role="status" aria-live="polite">
        ${this.toasts.map(
          (toast) => html`<div class="toast">
            <span>${toast.text}</span
            ><button type="button" @click=${() => (this.toasts = this.toasts.filter((other) => other.id !== toast.id))}>${w.common.close}</button>
          </div>`,
        )}
      </div>
    </div>`;
  }

  private navigation(): TemplateResult {
    const w = words();
    return html`<button class="nav-toggle" type="button" aria-expanded=${this.menu ? "true" : "false"} aria-controls="nav" @click=${() => (this.menu = !this.menu)}>
        ${w.shell.menu}
      </button>
      <nav class="nav" id="nav" aria-label=${w.shell.navigation} ?data-open=${this.menu}>
        ${places.map(
          (place) => html`<a href=${place.href} aria-current=${place.name === this.page ? "page" : nothing}>${w.shell.places[place.name]}</a>`,
        )}
      </nav>`;
  }

  private footer(): TemplateResult {
    const w = words();
    return html`<footer class="foot">
      <div class="wrap">
        <p>${w.shell.promise}${this.alone ? nothing : html` <a href="/docs">${w.shell.interface}</a>`}</p>
        <div class="choices">
          <label
            >${w.shell.language}
            <select @change=${(event: Event) => setLanguage((event.target as HTMLSelectElement).value as Language)}>
              <option value="en" lang="en" ?selected=${language() === "en"}>English</option>
              <option value="ko" lang="ko" ?selected=${language() === "ko"}>한국어</option>
            </select></label
          >
          <label
            >${w.shell.appearance}
            <select
              @change=${(event: Event) => {
                setTheme((event.target as HTMLSelectElement).value as Theme);
                this.requestUpdate();
              }}
            >
              ${(["auto", "light", "dark"] as const).map((choice) => html`<option value=${choice} ?selected=${theme() === choice}>${w.shell.themes[choice]}</option>`)}
            </select></label
          >
        </div>
      </div>
    </footer>`;
  }
}

export { keep, read };
