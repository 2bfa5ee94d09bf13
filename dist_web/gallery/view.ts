// The view of someone who stands in the maze: a ray for each column of the picture, and a floor that mirrors the walls.
import { type Maze, type Place, PITCH, ROOMS, SIZE, tint_of } from "./maze.js";
import { type Level, type Theme, WALL_HEIGHT, WALL_WIDTH } from "./walls.js";

export interface Camera extends Place {
  /** Radians clockwise from east. */
  angle: number;
}

/** What hangs on a wall, and how brightly its lamp shines. */
export interface Wall {
  levels: Level[];
  light: number;
}

const HALF_VIEW = (35 * Math.PI) / 180; // from the middle to a side, where the window is wide
const LEAST_FOCAL = 0.5; // of the window's height, where it is narrow
const FARTHEST = 40; // blocks that a ray goes
const OPAQUE = 0xff000000;

const clamp = (x: number, low: number, high: number) => (x < low ? low : x > high ? high : x);

/** Red, green and blue as a canvas has them in 32 bits, each times a factor in 1/256. */
const dimmed = (c: number, f: number) =>
  ((((c & 0xff00ff) * f) >>> 8) & 0xff00ff) | ((((c & 0xff00) * f) >>> 8) & 0xff00);

/** What a ray met: how far away, which face if any, and where on the wall from its left to its right. */
export interface Hit {
  distance: number;
  face: number;
  across: number;
  along_y: boolean;
  block: Place;
}

/** Follows a ray from block to block; (dx, dy) is as long as one unit of depth. */
export function cast(maze: Maze, { x, y }: Place, dx: number, dy: number): Hit {
  let [bx, by] = [Math.floor(x), Math.floor(y)];
  const [step_x, step_y] = [dx < 0 ? -1 : 1, dy < 0 ? -1 : 1];
  const [each_x, each_y] = [Math.abs(1 / dx), Math.abs(1 / dy)];
  let next_x = (dx < 0 ? x - bx : bx + 1 - x) * each_x;
  let next_y = (dy < 0 ? y - by : by + 1 - y) * each_y;
  let along_y = false;
  for (let i = 0; i < FARTHEST; i++) {
    along_y = next_y < next_x;
    if (along_y) [by, next_y] = [by + step_y, next_y + each_y];
    else [bx, next_x] = [bx + step_x, next_x + each_x];
    if (maze.walls[(by & (SIZE - 1)) * SIZE + (bx & (SIZE - 1))] === 1) break;
  }
  const distance = along_y ? next_y - each_y : next_x - each_x;
  const [fx, fy] = along_y ? [bx, by - step_y] : [bx - step_x, by]; // the block before the wall
  const [rx, ry] = [fx & (PITCH - 1), fy & (PITCH - 1)];
  const at = along_y ? x + distance * dx - fx + rx - 1 : y + distance * dy - fy + ry - 1;
  const side = along_y ? 2 - step_y : 1 - step_x; // east 0, south 1, west 2, north 3
  const inside = rx !== 0 && ry !== 0; // not between the jambs of a door
  const room = ((fy & (SIZE - 1)) >> 2) * ROOMS + ((fx & (SIZE - 1)) >> 2);
  const turned = side === 1 || side === 2;
  return { distance, face: inside ? 4 * room + side : -1, across: turned ? WALL_WIDTH - at : at, along_y, block: { x: fx, y: fy } };
}

export class View {
  #width = 0;
  #height = 0;
  #pixels!: Uint32Array;
  #image!: ImageData;
  #floor!: Uint32Array;
  #ceiling!: Uint32Array;
  readonly #context: CanvasRenderingContext2D;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly maze: Maze,
    public theme: Theme,
    /** Walls without pictures, by tint. */
    public plain: Level[][],
  ) {
    this.#context = canvas.getContext("2d", { alpha: false })!;
    this.resize(0.5);
  }

  /** Takes the canvas's size on the page times a scale, which the pace of the machine decides. */
  resize(scale: number): void {
    const { clientWidth, clientHeight } = this.canvas;
    this.#width = Math.max(64, Math.round(clientWidth * scale));
    this.#height = Math.max(64, Math.round(clientHeight * scale));
    [this.canvas.width, this.canvas.height] = [this.#width, this.#height];
    this.#image = this.#context.createImageData(this.#width, this.#height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
    this.#floor = this.#rows(this.theme.floor);
    this.#ceiling = this.#rows(this.theme.ceiling);
  }

  /** Pixels that a block covers from a block away. */
  get #focal(): number {
    return Math.max(this.#width / 2 / Math.tan(HALF_VIEW), LEAST_FOCAL * this.#height);
  }

  /** How far to the side the view goes, for one block of depth. */
  get #aside(): number {
    return this.#width / 2 / this.#focal;
  }

  /** A colour for each row by its distance from the horizon: what lies far away is darker. */
  #rows([r, g, b]: [number, number, number]): Uint32Array {
    const horizon = this.#height / 2;
    return Uint32Array.from({ length: this.#height }, (_, y) => {
      const depth = (this.#focal * WALL_HEIGHT) / 2 / Math.max(1, Math.abs(y + 0.5 - horizon));
      return (OPAQUE | dimmed((b << 16) | (g << 8) | r, Math.round(256 * this.#fog(depth)))) >>> 0;
    });
  }

  #fog(distance: number): number {
    return 1 / (1 + 0.012 * distance * distance);
  }

  /** The direction of a column of the canvas, 0 at its left and 1 at its right. */
  angle({ angle }: Camera, across: number): number {
    return angle + Math.atan((2 * across - 1) * this.#aside);
  }

  /** What is seen there. */
  look(camera: Camera, across: number): Hit {
    const angle = this.angle(camera, across);
    return cast(this.maze, camera, Math.cos(angle), Math.sin(angle));
  }

  draw(camera: Camera, walls: ReadonlyMap<number, Wall>): void {
    const [cos, sin] = [Math.cos(camera.angle), Math.sin(camera.angle)];
    const half = this.#aside;
    for (let column = 0; column < this.#width; column++) {
      const aside = ((2 * column + 1) / this.#width - 1) * half;
      const hit = cast(this.maze, camera, cos - sin * aside, sin + cos * aside);
      const wall = walls.get(hit.face);
      const light = (wall ? wall.light : 0.8) * this.#fog(hit.distance) * (hit.along_y ? 0.9 : 1);
      this.#draw_column(column, hit, wall ? wall.levels : this.plain[hit.face < 0 ? 0 : tint_of(hit.face)]!, clamp(Math.round(256 * light), 0, 256));
    }
    this.#context.putImageData(this.#image, 0, 0);
  }

  #draw_column(column: number, { distance, across }: Hit, levels: Level[], light: number): void {
    const tall = (this.#focal * WALL_HEIGHT) / Math.max(distance, 0.05);
    const finest = levels[0]!;
    let k = 0;
    while (k < levels.length - 1 && finest.height > 1.5 * tall * (1 << k)) k++;
    const level = levels[k]!;
    const u = clamp(Math.floor((across / WALL_WIDTH) * level.width), 0, level.width - 1);
    const top = (this.#height - tall) / 2;
    const step = level.height / tall; // texels a pixel
    this.#fill(column, level, u * level.height, top, top + tall, step, light);
    this.#mirror(column, level, u * level.height, top + tall, step, light);
  }

  /** The ceiling and the wall. */
  #fill(column: number, { texels, height }: Level, start: number, top: number, bottom: number, step: number, light: number): void {
    const [pixels, ceiling, width] = [this.#pixels, this.#ceiling, this.#width];
    const first = clamp(Math.ceil(top - 0.5), 0, this.#height);
    const last = clamp(Math.ceil(bottom - 0.5), 0, this.#height);
    let at = column;
    for (let y = 0; y < first; y++, at += width) pixels[at] = ceiling[y]!;
    let v = (first + 0.5 - top) * step;
    for (let y = first; y < last; y++, at += width, v += step) {
      const c = texels[start + (v < height ? v | 0 : height - 1)]!;
      pixels[at] = OPAQUE | ((((c & 0xff00ff) * light) >>> 8) & 0xff00ff) | ((((c & 0xff00) * light) >>> 8) & 0xff00);
    }
  }

  /** The floor, in which the wall stands on its head and fades. */
  #mirror(column: number, { texels, height }: Level, start: number, bottom: number, step: number, light: number): void {
    const [pixels, floor, width] = [this.#pixels, this.#floor, this.#width];
    const first = clamp(Math.ceil(bottom - 0.5), 0, this.#height);
    let at = first * width + column;
    let v = height - (first + 0.5 - bottom) * step;
    const fade = (light * this.theme.gloss) / height;
    for (let y = first; y < this.#height; y++, at += width, v -= step) {
      const f = v > 0 ? (v * fade) | 0 : 0;
      const c = texels[start + (v > 0 ? v | 0 : 0)]!;
      pixels[at] = floor[y]! + (((((c & 0xff00ff) * f) >>> 8) & 0xff00ff) | ((((c & 0xff00) * f) >>> 8) & 0xff00));
    }
  }
}
