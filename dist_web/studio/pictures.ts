// Pictures: spectrograms in the colours of embers, and the curve of the loss.

const FLOOR_DB = -80;

/** Dark violet through orange to near white; from 0 to 1. */
function ember(x: number): [number, number, number] {
  const y = Math.min(1, Math.max(0, x));
  return [255 * Math.min(1, 0.06 + 1.5 * y), 255 * (0.04 + 0.9 * y * y), 255 * (0.09 + 0.35 * y * (1 - y) + 0.75 * y ** 6)];
}

const COLOURS = Uint8ClampedArray.from({ length: 256 * 4 }, (_, i) => (i % 4 === 3 ? 255 : ember((i >> 2) / 255)[i % 4]!));

/** The bin at a height from 0 to 1: octaves of the same height, from four bins up. */
const bin_at = (height: number, bins: number) => 4 * (bins / 4) ** height;

/** One column: magnitudes of a frame, low frequencies at the bottom, on a scale that gives octaves their room. */
export function column(magnitudes: Float32Array, loudest: number, height: number): ImageData {
  const image = new ImageData(1, height);
  const bins = magnitudes.length;
  for (let y = 0; y < height; y++) {
    const from = Math.floor(bin_at((height - 1 - y) / height, bins));
    const to = Math.max(from + 1, Math.floor(bin_at((height - y) / height, bins)));
    let most = 0;
    for (let k = from; k < Math.min(to, bins); k++) most = Math.max(most, magnitudes[k]!);
    const level = 1 - (20 * Math.log10(most / loudest + 1e-9)) / FLOOR_DB;
    const colour = Math.round(255 * Math.min(1, Math.max(0, level)));
    image.data.set(COLOURS.subarray(4 * colour, 4 * colour + 4), 4 * y);
  }
  return image;
}

/** The curve of the loss, which may be negative: it is a likelihood. */
export function draw_loss(canvas: HTMLCanvasElement, losses: readonly number[], epochs: number): void {
  const context = canvas.getContext("2d")!;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  if (losses.length === 0) return;
  const low = Math.min(...losses);
  const high = Math.max(...losses);
  context.beginPath();
  losses.forEach((value, i) => {
    const x = 12 + (i / Math.max(1, epochs - 1)) * (width - 24);
    const y = height - 14 - ((value - low) / (high - low || 1)) * (height - 28);
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.strokeStyle = "#ff9f5a";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.stroke();
  context.lineTo(12 + ((losses.length - 1) / Math.max(1, epochs - 1)) * (width - 24), height);
  context.lineTo(12, height);
  context.fillStyle = "#ff9f5a22";
  context.fill();
}

/** A spectrogram that grows to the right and begins again at the left. */
export class Waterfall {
  readonly #context: CanvasRenderingContext2D;
  #at = 0;
  #loudest = 1;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.#context = canvas.getContext("2d")!;
  }

  add(magnitudes: Float32Array): void {
    for (const value of magnitudes) if (value > this.#loudest) this.#loudest = value;
    const { width, height } = this.canvas;
    this.#context.putImageData(column(magnitudes, this.#loudest, height), this.#at, 0);
    this.#at = (this.#at + 1) % width;
    this.#context.fillStyle = "#ff9f5a";
    this.#context.fillRect(this.#at, 0, 2, height);
  }
}
