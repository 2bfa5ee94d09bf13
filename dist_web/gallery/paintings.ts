// Paintings that nobody has painted: clouds of random numbers, folded and coloured, another set for each maze.
import type { Unisono } from "unisono";
import { type Photo, photo_of } from "./photos.js";

const [WIDTH, HEIGHT] = [320, 240];
const LATTICE = 32; // points a side, a power of two
const COLOURS = 256;
const NAMES = ["Weather", "Embers", "Tide", "Marble", "Meadow", "Smoke", "Canyon"];

/** Smooth noise in [0, 1) between random values at the points of a lattice. */
function noise(values: Float32Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [a, b] = [x - left, y - top];
  const at = (i: number, k: number) => values[((k & (LATTICE - 1)) * LATTICE) | (i & (LATTICE - 1))]!;
  const [u, v] = [a * a * (3 - 2 * a), b * b * (3 - 2 * b)];
  const upper = at(left, top) + u * (at(left + 1, top) - at(left, top));
  const lower = at(left, top + 1) + u * (at(left + 1, top + 1) - at(left, top + 1));
  return upper + v * (lower - upper);
}

function clouds(values: Float32Array, x: number, y: number, octaves: number): number {
  let [sum, weight, all] = [0, 1, 0];
  for (let k = 0; k < octaves; k++, weight *= 0.55) {
    sum += weight * noise(values, x * 2 ** k + 7 * k, y * 2 ** k + 3 * k);
    all += weight;
  }
  return sum / all;
}

/** From dark to light through three hues near each other and one opposite. */
function palette(random: Float32Array): Uint8ClampedArray {
  const context = Object.assign(document.createElement("canvas"), { width: COLOURS, height: 1 }).getContext("2d", { willReadFrequently: true })!;
  const gradient = context.createLinearGradient(0, 0, COLOURS, 0);
  const hue = 360 * random[0]!;
  const rich = 0.05 + 0.09 * random[1]!;
  [0, 40, 80, 190].forEach((turn, i) => gradient.addColorStop(i / 3, `oklch(${18 + 24 * i}% ${rich} ${(hue + turn) % 360})`));
  context.fillStyle = gradient;
  context.fillRect(0, 0, COLOURS, 1);
  return context.getImageData(0, 0, COLOURS, 1).data;
}

function paint(u: Unisono, seed: number, number: number): Photo {
  const random = u.random_uniform(8, { seed, stream: 10 + number });
  const values = u.random_uniform(LATTICE * LATTICE, { seed, stream: 100 + number });
  const [colours, size, folds] = [palette(random), 1.5 + 4 * random[2]!, 1 + 5 * random[3]!];
  const [octaves, grain] = [2 + Math.floor(4 * random[4]!), 0.12 * random[5]! * random[5]!];
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const image = context.createImageData(WIDTH, HEIGHT);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const [x, y] = [((i % WIDTH) / HEIGHT) * size, (Math.floor(i / WIDTH) / HEIGHT) * size];
    const [dx, dy] = [noise(values, x + 5, y), noise(values, x, y + 9)];
    const cloud = clouds(values, x + folds * dx, y + folds * dy, octaves) + grain * (values[(i * 7919) % values.length]! - 0.5);
    const colour = 4 * Math.max(0, Math.min(COLOURS - 1, Math.round((1.9 * cloud - 0.45) * COLOURS)));
    for (let c = 0; c < 4; c++) image.data[4 * i + c] = colours[colour + c]!;
  }
  context.putImageData(image, 0, 0);
  return photo_of(NAMES[number]!, canvas);
}

/** One by one, with a pause after each in which the page may draw. */
export async function* paintings(u: Unisono, seed: number): AsyncGenerator<Photo> {
  for (let number = 0; number < NAMES.length; number++) {
    yield paint(u, seed, number);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
