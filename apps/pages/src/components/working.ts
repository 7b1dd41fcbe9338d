// A page that does long work: what it does now, and what went wrong, said in one place.
import { html, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import type { Remote } from "../engine/remote";
import { fullEngine } from "../engine/workers";
import { number } from "../i18n/locale";
import { Page } from "./page";
import { progress } from "./parts";
import { trouble, troublePanel, type Trouble } from "./trouble";

export abstract class WorkingPage extends Page {
  @state() protected busy: { label: string; done: number; total: number } | undefined;
  @state() protected problem: Trouble | undefined;
  #engine: Remote | undefined;

  protected get engine(): Remote {
    this.#engine ??= fullEngine();
    return this.#engine;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#engine?.end();
    this.#engine = undefined;
  }

  protected readonly show = (label: string, done: number, total: number): void => {
    if (this.busy !== undefined) this.busy = { label, done, total };
  };

  /** Does something that takes time. One thing at a time; whether it was done. */
  protected async work(label: string, act: () => Promise<void>): Promise<boolean> {
    if (this.busy !== undefined) return false;
    this.problem = undefined;
    this.busy = { label, done: 0, total: 0 };
    try {
      await act();
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    } finally {
      this.busy = undefined;
    }
  }

  protected failed(error: unknown): void {
    this.problem = trouble(error);
  }

  protected abstract main(): TemplateResult;

  protected content(): TemplateResult {
    return html`${this.main()}
      <div class="stack after">
        ${this.problem === undefined ? nothing : troublePanel(this.problem)}
        <div role="status">${this.busy === undefined ? nothing : progress({ ...this.busy, detail: this.busy.total > 0 ? `${number(this.busy.done)} / ${number(this.busy.total)}` : "" })}</div>
      </div>`;
  }
}
