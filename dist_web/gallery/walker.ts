// The visitor: walks and turns smoothly, does not go through walls, follows ways that are asked for; or, where motion is
// unwelcome, moves in steps.
import { type Maze, type Place, toward, wrap } from "./maze.js";
import type { Camera } from "./view.js";

const SPEED = 1.7; // blocks a second
const TURN = 1.9; // radians a second
const QUICK = 7; // 1/s: how soon a wish becomes a movement
const GIRTH = 0.28; // blocks that a wall keeps off
const STEP_TURN = Math.PI / 4;

/** What is wished, each from -1 to 1. */
export interface Wish {
  ahead: number;
  aside: number;
  turn: number;
}

/** The angle from a to b, the shorter way round. */
function turn_to(a: number, b: number): number {
  const way = (((b - a) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI);
  return way > Math.PI ? way - 2 * Math.PI : way;
}

export class Walker {
  readonly camera: Camera;
  readonly wish: Wish = { ahead: 0, aside: 0, turn: 0 };
  /** No gliding: every movement is one step. */
  stepwise = false;
  #speed: Wish = { ahead: 0, aside: 0, turn: 0 };
  #way: Place[] = [];
  #facing: number | null = null; // where to look at the end of the way

  constructor(
    readonly maze: Maze,
    start: Camera,
  ) {
    this.camera = { ...start };
  }

  get on_the_way(): boolean {
    return this.#facing !== null;
  }

  /** Turns at once, as a finger drags the view. */
  look(radians: number): void {
    this.stop();
    this.camera.angle += radians;
  }

  stop(): void {
    this.#way = [];
    this.#facing = null;
  }

  /** Goes to a place and looks at another from there. */
  go(to: Place, at: Place): void {
    const end = { x: to.x, y: to.y };
    const facing = Math.atan2(toward(to.y, at.y), toward(to.x, at.x));
    if (this.stepwise) {
      Object.assign(this.camera, { x: wrap(end.x), y: wrap(end.y), angle: facing });
      return;
    }
    this.#way = [...this.maze.path(this.camera, end).slice(0, -1), end];
    this.#facing = facing;
  }

  /** One step of the stepwise way of moving. */
  step({ ahead, aside, turn }: Wish): void {
    this.stop();
    this.camera.angle += STEP_TURN * turn;
    this.#move(ahead, aside, 1);
  }

  /** Moves on by so many seconds; whether anything moved. */
  advance(seconds: number): boolean {
    const wish = this.on_the_way ? this.#follow() : this.wish;
    const share = 1 - Math.exp(-QUICK * seconds);
    let moving = this.on_the_way;
    for (const key of ["ahead", "aside", "turn"] as const) {
      this.#speed[key] += share * (wish[key] - this.#speed[key]);
      if (Math.abs(this.#speed[key]) < 1e-3) this.#speed[key] = 0;
      else moving = true;
    }
    if (!moving) return false;
    this.camera.angle += TURN * seconds * this.#speed.turn;
    this.#move(SPEED * this.#speed.ahead, SPEED * this.#speed.aside, seconds);
    return true;
  }

  /** What to wish for so as to follow the way. */
  #follow(): Wish {
    const { camera } = this;
    while (this.#way.length > 0) {
      const next = this.#way[0]!;
      const [dx, dy] = [toward(camera.x, next.x), toward(camera.y, next.y)];
      const distance = Math.hypot(dx, dy);
      if (distance < (this.#way.length > 1 ? 0.35 : 0.06)) {
        this.#way.shift();
        continue;
      }
      const off = turn_to(camera.angle, Math.atan2(dy, dx));
      const near = this.#way.length > 1 ? 1 : Math.min(1, 2 * distance + 0.1);
      return { ahead: near * Math.max(0, Math.cos(off)) ** 3, aside: 0, turn: Math.max(-1, Math.min(1, 1.6 * off)) };
    }
    const off = turn_to(camera.angle, this.#facing!);
    if (Math.abs(off) < 0.004) this.stop();
    return { ahead: 0, aside: 0, turn: Math.max(-1, Math.min(1, 2 * off)) };
  }

  /** Along one axis and then the other, so that one slides along walls. */
  #move(ahead: number, aside: number, seconds: number): void {
    const { camera, maze } = this;
    const [cos, sin] = [Math.cos(camera.angle), Math.sin(camera.angle)];
    const [dx, dy] = [seconds * (cos * ahead - sin * aside), seconds * (sin * ahead + cos * aside)];
    const free = (x: number, y: number) =>
      ![-GIRTH, GIRTH].some((a) => [-GIRTH, GIRTH].some((b) => maze.is_wall(x + a, y + b)));
    if (free(camera.x + dx, camera.y)) camera.x = wrap(camera.x + dx);
    if (free(camera.x, camera.y + dy)) camera.y = wrap(camera.y + dy);
  }
}
