// The maze: rooms on a torus, so that it ends nowhere, with doors that lead from each room to every other.
import type { Unisono } from "unisono";

export const ROOMS = 4; // a side
export const PITCH = 4; // blocks from wall to wall: one of wall, three of floor
export const SIZE = ROOMS * PITCH; // blocks a side; a power of two, so that wrapping is a mask

/** What one stands on or before: blocks as the unit, x to the east, y to the south. */
export interface Place {
  x: number;
  y: number;
}

/** Sides of a room, by quarter turns from east. */
const STEPS = [[1, 0], [0, 1], [-1, 0], [0, -1]] as const; // prettier-ignore

/** Which of four colours a face's room has: its neighbours have others. */
export const tint_of = (face: number) => ((face >> 2) + 2 * Math.floor((face >> 2) / ROOMS)) % 4;

export const wrap = (x: number) => ((x % SIZE) + SIZE) % SIZE;

/** The shortest way from a to b along one axis. */
export function toward(a: number, b: number): number {
  const way = wrap(b - a);
  return way > SIZE / 2 ? way - SIZE : way;
}

export class Maze {
  /** 1 where there is wall, by y * SIZE + x. */
  readonly walls = new Uint8Array(SIZE * SIZE);
  /** The walls without a door, by 4 * room + side, in the order in which they are hung. */
  readonly faces: number[] = [];

  /** All from the core's random numbers: the same seed, the same maze, everywhere. */
  constructor(u: Unisono, readonly seed: number) {
    for (let i = 0; i < this.walls.length; i++) {
      if (i % PITCH === 0 || Math.floor(i / SIZE) % PITCH === 0) this.walls[i] = 1;
    }
    this.#open_doors(u);
    const order = u.permutation(4 * ROOMS * ROOMS, { seed, stream: 2 });
    const closed = Array.from(order).filter((face) => this.walls[this.#door(face)] === 1);
    const first = new Map(closed.map((face) => [face >> 2, face])); // one for each room that has any, then the others
    this.faces = [...first.values(), ...closed.filter((face) => first.get(face >> 2) !== face)];
  }

  /** Joins all rooms without a circle, and then opens some more doors. */
  #open_doors(u: Unisono): void {
    const group = Array.from({ length: ROOMS * ROOMS }, (_, room) => room);
    const order = u.permutation(2 * ROOMS * ROOMS, { seed: this.seed, stream: 1 });
    let more = 4;
    for (const k of order) {
      const face = 4 * (k >> 1) + (k & 1);
      const [a, b] = [group[face >> 2]!, group[this.#beyond(face)]!];
      if (a === b && more-- <= 0) continue;
      this.walls[this.#door(face)] = 0;
      group.forEach((g, room) => (group[room] = g === b ? a : g));
    }
  }

  #beyond(face: number): number {
    const [dx, dy] = STEPS[face & 3]!;
    const [x, y] = [(face >> 2) % ROOMS, Math.floor((face >> 2) / ROOMS)];
    return ((y + dy + ROOMS) % ROOMS) * ROOMS + ((x + dx + ROOMS) % ROOMS);
  }

  /** The block in the middle of a wall, where its door would be. */
  #door(face: number): number {
    const { x, y } = this.before(face, 2);
    return Math.floor(wrap(y)) * SIZE + Math.floor(wrap(x));
  }

  /** Where one stands so many blocks from the room's middle towards a face. */
  before(face: number, steps: number): Place {
    const [dx, dy] = STEPS[face & 3]!;
    const room = face >> 2;
    return {
      x: (room % ROOMS) * PITCH + 2.5 + dx * steps,
      y: Math.floor(room / ROOMS) * PITCH + 2.5 + dy * steps,
    };
  }

  is_wall(x: number, y: number): boolean {
    return this.walls[Math.floor(wrap(y)) * SIZE + Math.floor(wrap(x))] === 1;
  }

  /** Whether nothing but air is between two places. */
  sees(a: Place, b: Place): boolean {
    const [dx, dy] = [toward(a.x, b.x), toward(a.y, b.y)];
    const steps = Math.ceil(6 * Math.hypot(dx, dy));
    for (let i = 1; i < steps; i++) {
      if (this.is_wall(a.x + (dx * i) / steps, a.y + (dy * i) / steps)) return false;
    }
    return true;
  }

  /** The middles of the blocks on the shortest way from a to b, without a's own. */
  path(a: Place, b: Place): Place[] {
    const index = ({ x, y }: Place) => Math.floor(wrap(y)) * SIZE + Math.floor(wrap(x));
    const [start, end] = [index(a), index(b)];
    const from = new Int16Array(SIZE * SIZE).fill(-1);
    const queue = [end];
    from[end] = end;
    for (let k = 0; k < queue.length && from[start]! < 0; k++) {
      const here = queue[k]!;
      for (const [dx, dy] of STEPS) {
        const next = index({ x: (here % SIZE) + dx, y: Math.floor(here / SIZE) + dy });
        if (from[next]! >= 0 || this.walls[next] === 1) continue;
        from[next] = here;
        queue.push(next);
      }
    }
    const places: Place[] = [];
    for (let here = start; here !== end && from[here]! >= 0; ) {
      here = from[here]!;
      places.push({ x: (here % SIZE) + 0.5, y: Math.floor(here / SIZE) + 0.5 });
    }
    return places;
  }
}
