// What the walls look like: plaster, skirting, and a framed photo under its lamp, painted once and kept at several sizes.
import type { Photo } from "./photos.js";

/** One size of a wall's picture; column after column, so that the view reads along its columns. */
export interface Level {
  width: number;
  height: number;
  texels: Uint32Array;
}

export interface Theme {
  walls: readonly string[]; // one for every fourth room
  cove: string; // light under the ceiling
  lit: [number, number, number]; // the light of a lamp on plaster
  skirting: string;
  frame: string;
  mat: string;
  plate: string;
  ink: string;
  floor: [number, number, number];
  ceiling: [number, number, number];
  gloss: number; // how much the floor mirrors
}

export const NIGHT: Theme = {
  walls: ["#43344f", "#234a42", "#2a3d61", "#5a2f33"], cove: "255 206 150",
  lit: [205, 168, 122], skirting: "#1d1823", frame: "#1a1210", mat: "#e9e2d6", plate: "#d9cfbf", ink: "#2a2226",
  floor: [38, 27, 26], ceiling: [24, 21, 32], gloss: 0.42,
}; // prettier-ignore

export const DAY: Theme = {
  walls: ["#d8cfc0", "#bfd0c0", "#bccad8", "#e0c3b4"], cove: "255 255 250",
  lit: [255, 250, 238], skirting: "#8f8577", frame: "#2c221c", mat: "#fffdf8", plate: "#fffdf8", ink: "#2a2226",
  floor: [122, 96, 72], ceiling: [214, 208, 199], gloss: 0.3,
}; // prettier-ignore

export const WALL_WIDTH = 3; // blocks
export const WALL_HEIGHT = 1.6;
export const TINTS = 4;
const LEVELS = 4;
const [MOST_WIDE, MOST_HIGH, MIDDLE] = [1.65, 0.92, 0.74]; // of a photo, in blocks; and how far down it hangs

type Context = CanvasRenderingContext2D;

function plaster(context: Context, { walls, cove }: Theme, unit: number, tint: number): void {
  const [width, height] = [WALL_WIDTH * unit, WALL_HEIGHT * unit];
  context.fillStyle = walls[tint]!;
  context.fillRect(0, 0, width, height);
  for (let i = 0; i < 900; i++) { // brush strokes, laid by a lattice that never repeats visibly
    const [x, y] = [(i * 0.754877666) % 1, (i * 0.569840296) % 1];
    context.fillStyle = i % 2 ? "rgb(255 255 255 / 1.4%)" : "rgb(0 0 0 / 2.2%)";
    context.fillRect(x * width, y * height, 0.22 * unit, 0.012 * unit);
  }
  const shade = context.createLinearGradient(0, 0, 0, height);
  shade.addColorStop(0, `rgb(${cove} / 42%)`);
  shade.addColorStop(0.1, `rgb(${cove} / 16%)`);
  shade.addColorStop(0.4, `rgb(${cove} / 0%)`);
  shade.addColorStop(0.5, "rgb(0 0 0 / 0%)");
  shade.addColorStop(1, "rgb(0 0 0 / 26%)");
  context.fillStyle = shade;
  context.fillRect(0, 0, width, height);
}

function skirting(context: Context, theme: Theme, unit: number): void {
  context.fillStyle = theme.skirting;
  context.fillRect(0, (WALL_HEIGHT - 0.1) * unit, WALL_WIDTH * unit, 0.1 * unit);
  context.fillStyle = "rgb(255 255 255 / 12%)";
  context.fillRect(0, (WALL_HEIGHT - 0.1) * unit, WALL_WIDTH * unit, 0.008 * unit);
}

function lamp(context: Context, { lit }: Theme, unit: number): void {
  const x = (WALL_WIDTH / 2) * unit;
  const colour = (alpha: number) => `rgb(${lit.join(" ")} / ${alpha}%)`;
  const pool = context.createRadialGradient(x, 0.25 * unit, 0.05 * unit, x, 0.7 * unit, 1.3 * unit);
  [60, 46, 26, 8, 0].forEach((alpha, i) => pool.addColorStop(i / 4, colour(alpha)));
  context.fillStyle = pool;
  context.fillRect(0, 0, WALL_WIDTH * unit, WALL_HEIGHT * unit);
}

function framed(context: Context, theme: Theme, unit: number, { canvas, name }: Photo): void {
  const scale = Math.min(MOST_WIDE / canvas.width, MOST_HIGH / canvas.height) * unit;
  const [w, h] = [Math.max(canvas.width * scale, 0.1 * unit), Math.max(canvas.height * scale, 0.1 * unit)];
  const [x, y] = [(WALL_WIDTH / 2) * unit - w / 2, MIDDLE * unit - h / 2];
  const box = (margin: number) => context.fillRect(x - margin * unit, y - margin * unit, w + 2 * margin * unit, h + 2 * margin * unit);
  context.shadowColor = "rgb(0 0 0 / 60%)";
  context.shadowBlur = 0.07 * unit;
  context.shadowOffsetY = 0.03 * unit;
  context.fillStyle = theme.frame;
  box(0.1);
  context.shadowColor = "transparent";
  context.fillStyle = "rgb(255 255 255 / 14%)";
  box(0.078);
  context.fillStyle = theme.mat;
  box(0.07);
  context.fillStyle = "rgb(0 0 0 / 30%)";
  box(0.006);
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, x, y, w, h);
  const [left, top] = [x + w + 0.15 * unit, y + h - 0.09 * unit];
  context.font = `${0.05 * unit}px Georgia, serif`;
  const text = name.length > 18 ? `${name.slice(0, 17)}…` : name;
  context.fillStyle = theme.plate;
  context.fillRect(left, top, context.measureText(text).width + 0.06 * unit, 0.09 * unit);
  context.fillStyle = theme.ink;
  context.fillText(text, left + 0.03 * unit, top + 0.06 * unit);
}

function level_of(canvas: HTMLCanvasElement): Level {
  const { width, height } = canvas;
  const rows = new Uint32Array(canvas.getContext("2d")!.getImageData(0, 0, width, height).data.buffer);
  const texels = new Uint32Array(width * height);
  for (let x = 0; x < width; x++) for (let y = 0; y < height; y++) texels[x * height + y] = rows[y * width + x]!;
  return { width, height, texels };
}

/** A wall of a room from the left to the right, with a photo or without; `unit` is the pixels of a block, `tint` one of TINTS. */
export function paint_wall(theme: Theme, unit: number, tint: number, photo: Photo | null): Level[] {
  let canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WALL_WIDTH * unit, Math.round(WALL_HEIGHT * unit)];
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  plaster(context, theme, unit, tint);
  if (photo) lamp(context, theme, unit);
  skirting(context, theme, unit);
  if (photo) framed(context, theme, unit, photo);
  const levels = [level_of(canvas)];
  while (levels.length < LEVELS) {
    const half = document.createElement("canvas");
    [half.width, half.height] = [canvas.width >> 1, canvas.height >> 1];
    const smaller = half.getContext("2d", { willReadFrequently: true })!;
    smaller.imageSmoothingQuality = "high";
    smaller.drawImage(canvas, 0, 0, half.width, half.height);
    levels.push(level_of((canvas = half)));
  }
  return levels;
}
