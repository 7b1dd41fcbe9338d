import { LitElement, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Seed } from "../../../browser/engine";
import { EngineFailure, type Handle, type Remote } from "../engine/remote";
import { LanguageController, words } from "../i18n/locale";
import "./drop";
import { checkNew, noPassphrase, passphraseFields, type Passphrase } from "./passphrase";
import { field, panel, progress, save } from "./parts";
import { trouble } from "./trouble";

type Step = "choose" | "show" | "check" | "protect" | "saved" | "words" | "file";

/** Makes a key, or restores one. The key itself never leaves the worker, except for the words that are to be written down. */
@customElement("tb-seed")
export class SeedGate extends LitElement {
  @property({ attribute: false }) engine: Remote | undefined;
  @property({ attribute: false }) ready: (seed: Handle<Seed>) => void = () => undefined;
  @state() private step: Step = "choose";
  @state() private busy = "";
  @state() private problem = "";
  @state() private shown: readonly string[] = [];
  @state() private asked: readonly { place: number; typed: string; bad: boolean }[] = [];
  @state() private passphrase: Passphrase = noPassphrase();
  @state() private typed = "";
  @state() private file: File | undefined;
  #seed: Handle<Seed> | undefined;

  constructor() {
    super();
    new LanguageController(this);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  private async go(step: Step): Promise<void> {
    this.step = step;
    this.problem = "";
    await this.updateComplete;
    const heading = this.querySelector<HTMLElement>("h2");
    if (heading !== null && step !== "choose") {
      heading.tabIndex = -1;
      heading.focus();
    }
  }

  private async working<T>(label: string, act: () => Promise<T>): Promise<T | undefined> {
    this.busy = label;
    this.problem = "";
    try {
      return await act();
    } catch (error) {
      const w = words();
      const code = error instanceof EngineFailure ? error.code : "";
      if (code === "passphrase") this.passphrase = { ...this.passphrase, error: "wrong" };
      else if (code === "weak-passphrase") this.passphrase = { ...this.passphrase, error: "short" };
      else if (code === "words") this.problem = w.keys.wordsBad;
      else if (code === "file") this.problem = w.keys.fileBad;
      else if (code === "load") this.problem = `${w.common.engineFailed}. ${w.common.engineHelp}`;
      else this.problem = trouble(error).text;
      return undefined;
    } finally {
      this.busy = "";
    }
  }

  private async make(): Promise<void> {
    const engine = this.engine;
    if (engine === undefined) return;
    await this.working(words().common.loading, async () => {
      this.#seed = await engine.static("Seed", "generate");
      this.shown = (await this.#seed.call("words")).split(" ");
      await this.go("show");
    });
  }

  private async ask(): Promise<void> {
    const places = new Set<number>();
    while (places.size < 3) places.add((crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) % 24);
    this.asked = [...places].sort((a, b) => a - b).map((place) => ({ place, typed: "", bad: false }));
    await this.go("check");
  }

  private async checked(): Promise<void> {
    this.asked = this.asked.map((one) => ({ ...one, bad: one.typed.trim().toLowerCase() !== this.shown[one.place] }));
    if (this.asked.some((one) => one.bad)) {
      await this.updateComplete;
      this.querySelector<HTMLElement>("[aria-invalid]")?.focus();
      return;
    }
    this.shown = [];
    await this.go("protect");
  }

  private async protect(): Promise<void> {
    this.passphrase = checkNew(this.passphrase);
    const seed = this.#seed;
    if (this.passphrase.error !== undefined || seed === undefined) return;
    const file = await this.working(words().keys.sealing, () => seed.call("seal", this.passphrase.first));
    if (file === undefined) return;
    save("tabella-key.age", file);
    this.passphrase = noPassphrase();
    await this.go("saved");
  }

  private finish(seed: Handle<Seed> | undefined): void {
    if (seed === undefined) return;
    this.passphrase = noPassphrase();
    this.typed = "";
    this.ready(seed);
  }

  private async restore(): Promise<void> {
    const engine = this.engine;
    if (engine === undefined) return;
    this.finish(await this.working(words().common.loading, () => engine.static("Seed", "fromWords", this.typed)));
  }

  private async openFile(): Promise<void> {
    const { engine, file } = this;
    if (engine === undefined || file === undefined) return;
    const content = new Uint8Array(await file.arrayBuffer());
    this.finish(await this.working(words().keys.opening, () => engine.static("Seed", "open", content, this.passphrase.first)));
  }

  protected override render(): TemplateResult {
    return html`<section class="card stack" aria-labelledby="seed-title">
      ${this.view()} ${this.problem === "" ? nothing : panel("bad", words().common.failed, this.problem)}
      <div role="status">${this.busy === "" ? nothing : progress({ label: this.busy, done: 0, total: 0 })}</div>
    </section>`;
  }

  private form(title: string, text: string, content: TemplateResult, label: string, act: () => Promise<void> | void, more: TemplateResult | typeof nothing = nothing): TemplateResult {
    return html`<h2 id="seed-title">${title}</h2>
      <p>${text}</p>
      <form
        class="stack"
        novalidate
        @submit=${(event: Event) => {
          event.preventDefault();
          void act();
        }}
      >
        ${content}
        <div class="row"><button class="button" type="submit" ?disabled=${this.busy !== ""}>${label}</button>${more}</div>
      </form>`;
  }

  private back(step: Step = "choose"): TemplateResult {
    return html`<button class="button plain" type="button" @click=${() => void this.go(step)}>${words().common.back}</button>`;
  }

  private view(): TemplateResult {
    const w = words().keys;
    switch (this.step) {
      case "choose": {
        const choice = (title: string, text: string, kind: string, act: () => Promise<void>): TemplateResult =>
          html`<li class="row-between"><div><h3>${title}</h3><p class="quiet small">${text}</p></div><button class="button ${kind}" type="button" ?disabled=${this.busy !== ""} @click=${() => void act()}>${title}</button></li>`;
        return html`<h2 id="seed-title">${w.title}</h2>
          <p>${w.lead}</p>
          <ul class="list">
            ${choice(w.make, w.makeText, "", () => this.make())} ${choice(w.file, w.fileText, "second", () => this.go("file"))} ${choice(w.words, w.wordsText, "second", () => this.go("words"))}
          </ul>`;
      }
      case "show":
        return html`<h2 id="seed-title">${w.writeDown}</h2>
          <p>${w.writeDownText}</p>
          <ol class="words" lang="en" translate="no">${this.shown.map((word) => html`<li>${word}</li>`)}</ol>
          <div class="row"><button class="button" type="button" @click=${() => void this.ask()}>${w.written}</button>${this.back()}</div>`;
      case "check":
        return this.form(
          w.check,
          w.checkText,
          html`${this.asked.map((one, index) =>
            field({
              id: `word-${one.place}`,
              label: w.word(String(one.place + 1)),
              value: one.typed,
              short: true,
              error: one.bad ? w.wordWrong : undefined,
              onInput: (typed) => (this.asked = this.asked.map((other, place) => (place === index ? { ...other, typed, bad: false } : other))),
            }),
          )}`,
          words().common.next,
          () => this.checked(),
          html`<button class="button plain" type="button" @click=${() => void this.go("show")}>${w.showAgain}</button>`,
        );
      case "protect":
        return this.form(
          w.protect,
          w.protectText,
          passphraseFields("new-passphrase", this.passphrase, true, (next) => (this.passphrase = next)),
          w.saveFile,
          () => this.protect(),
          html`<button class="button plain" type="button" @click=${() => {
            this.finish(this.#seed);
          }}>${w.without}</button>`,
        );
      case "saved":
        return html`<h2 id="seed-title">${w.saved}</h2>
          <p>${w.savedText}</p>
          <div><button class="button" type="button" @click=${() => {
            this.finish(this.#seed);
          }}>${w.proceed}</button></div>`;
      case "words":
        return this.form(
          w.words,
          w.wordsText,
          field({ id: "all-words", label: w.allWords, hint: w.allWordsHint, type: "area", rows: 4, mono: true, value: this.typed, onInput: (typed) => (this.typed = typed) }),
          w.restore,
          () => this.restore(),
          this.back(),
        );
      case "file":
        return this.form(
          w.file,
          w.fileText,
          html`<tb-drop small .label=${this.file === undefined ? w.dropFile : w.fileChosen(this.file.name)} .receive=${(files: File[]) => (this.file = files[0])}></tb-drop>
            ${passphraseFields("passphrase", this.passphrase, false, (next) => (this.passphrase = next))}`,
          w.open,
          () => this.openFile(),
          this.back(),
        );
    }
  }
}
