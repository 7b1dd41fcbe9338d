import { LitElement, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { LanguageController, words } from "../i18n/locale";
import { iconFile } from "./icons";

/** A place for a file: dropped, or chosen by a button that every keyboard reaches. */
@customElement("tb-drop")
export class Drop extends LitElement {
  @property() label = "";
  @property() hint = "";
  @property() accept = "";
  @property({ type: Boolean }) small = false;
  @property({ type: Boolean }) many = false;
  @property({ attribute: false }) receive: (files: File[]) => void = () => undefined;
  @state() private over = false;

  constructor() {
    super();
    new LanguageController(this);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  private take(list: FileList | null | undefined): void {
    const files = [...(list ?? [])];
    if (files.length > 0) this.receive(this.many ? files : files.slice(0, 1));
  }

  protected override render(): TemplateResult {
    return html`<div
      class="drop ${this.small ? "small-drop" : ""}"
      role="group"
      aria-label=${this.label}
      ?data-over=${this.over}
      @dragover=${(event: DragEvent) => {
        event.preventDefault();
        this.over = true;
      }}
      @dragleave=${() => (this.over = false)}
      @drop=${(event: DragEvent) => {
        event.preventDefault();
        this.over = false;
        this.take(event.dataTransfer?.files);
      }}
    >
      ${this.small ? nothing : iconFile}
      <p class="drop-title">${this.label}</p>
      ${this.hint === "" ? nothing : html`<p class="hint">${this.hint}</p>`}
      <input
        type="file"
        hidden
        accept=${this.accept || nothing}
        ?multiple=${this.many}
        @change=${(event: Event) => {
          const input = event.target as HTMLInputElement;
          this.take(input.files);
          input.value = "";
        }}
      />
      <button class="button ${this.small ? "second" : ""}" type="button" @click=${() => this.querySelector<HTMLInputElement>("input")?.click()}>${words().common.chooseFile}</button>
    </div>`;
  }
}
