import { LitElement, html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import qrcode from "qrcode-generator";
import { LanguageController, words } from "../i18n/locale";

/** So many letters of one byte each are in the largest code. */
export const mostInCode = 2900;

/** A QR code as one path. Upper case makes text of letters and digits much shorter in a code. */
export function qrCode(text: string, label: string, size: "" | "large" = ""): TemplateResult {
  const code = qrcode(0, text.length > 800 ? "L" : "M");
  code.addData(text, /^[0-9A-Z $%*+\-./:]*$/.test(text) ? "Alphanumeric" : "Byte");
  code.make();
  const modules = code.getModuleCount();
  let path = "";
  for (let row = 0; row < modules; row++)
    for (let column = 0; column < modules; column++) if (code.isDark(row, column)) path += `M${column + 4} ${row + 4}h1v1h-1z`;
  return html`<span class="qr ${size}"><svg role="img" aria-label=${label} viewBox="0 0 ${modules + 8} ${modules + 8}" shape-rendering="crispEdges">${svg`<path d=${path} fill="#000"/>`}</svg></span>`;
}

/** Reads a QR code by the camera, or from a picture where there is none. */
@customElement("tb-scan")
export class Scan extends LitElement {
  @property() label = "";
  /** Takes the text of a code; true if another is wanted: then the camera goes on. */
  @property({ attribute: false }) receive: (text: string) => boolean = () => false;
  @state() private stream: MediaStream | undefined;
  @state() private error = "";

  constructor() {
    super();
    new LanguageController(this);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop();
  }

  private stop(): void {
    this.stream?.getTracks().forEach((track) => {
      track.stop();
    });
    this.stream = undefined;
  }

  private async start(): Promise<void> {
    this.error = "";
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      await this.updateComplete;
      const video = this.querySelector("video");
      if (video === null) return;
      video.srcObject = this.stream;
      await video.play();
      void this.look(video);
    } catch {
      this.error = words().scan.noCamera;
      this.stop();
    }
  }

  private async look(video: HTMLVideoElement): Promise<void> {
    // The camera sees a code many times before the next is held to it.
    let last: string | undefined;
    while (this.stream !== undefined && this.isConnected) {
      if (video.videoWidth > 0) {
        const found = await decode(video, video.videoWidth, video.videoHeight);
        if (found !== undefined && found !== last) {
          last = found;
          if (!this.receive(found)) {
            this.stop();
            return;
          }
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }

  private async pictures(files: readonly File[]): Promise<void> {
    this.error = "";
    for (const file of files) {
      const found = await createImageBitmap(file).then(
        (image) => decode(image, image.width, image.height),
        () => undefined,
      );
      if (found === undefined) this.error = words().scan.nothingFound;
      else this.receive(found);
    }
  }

  protected override render(): TemplateResult {
    const w = words();
    return html`<div class="scan">
      ${this.stream === undefined ? nothing : html`<video muted playsinline aria-label=${w.scan.camera}></video>`}
      <div class="row">
        ${
          this.stream === undefined
            ? html`<button class="button second" type="button" @click=${() => void this.start()}>${this.label || w.scan.start}</button>`
            : html`<button class="button second" type="button" @click=${() => {
                this.stop();
              }}>${w.scan.stop}</button>`
        }
        <input type="file" hidden multiple accept="image/*" @change=${(event: Event) => {
          const input = event.target as HTMLInputElement;
          void this.pictures([...(input.files ?? [])]);
          // The same picture may be chosen again.
          input.value = "";
        }} />
        <button class="button plain" type="button" @click=${() => this.querySelector<HTMLInputElement>("input")?.click()}>${w.scan.fromPicture}</button>
      </div>
      ${this.error === "" ? nothing : html`<p class="error-text" role="alert">${this.error}</p>`}
    </div>`;
  }
}

async function decode(source: CanvasImageSource, width: number, height: number): Promise<string | undefined> {
  // A small picture is drawn larger: a module has to be some pixels wide to be found.
  const scale = Math.min(3, 1200 / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return undefined;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const { default: jsQR } = await import("jsqr");
  return jsQR(pixels.data, pixels.width, pixels.height)?.data;
}
