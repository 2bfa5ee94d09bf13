// Keys, fingers and the mouse, made into wishes of the walker.
import type { Walker, Wish } from "./walker.js";

const KEYS: Record<string, Partial<Wish>> = {
  ArrowUp: { ahead: 1 }, KeyW: { ahead: 1 }, ArrowDown: { ahead: -1 }, KeyS: { ahead: -1 },
  ArrowLeft: { turn: -1 }, ArrowRight: { turn: 1 }, KeyQ: { turn: -1 }, KeyE: { turn: 1 },
  KeyA: { aside: -1 }, KeyD: { aside: 1 },
}; // prettier-ignore

const TAP = 8; // pixels that a finger may move and still have tapped
const STICK = 70; // pixels up or down for full speed

/** `on_tap` gets how far across the canvas was tapped, 0 to 1; `on_move` is told that the visitor acts. */
export function listen(canvas: HTMLCanvasElement, walker: Walker, on_tap: (across: number) => void, on_move: () => void): void {
  const held = new Set<string>();
  const wishes = () => {
    Object.assign(walker.wish, { ahead: 0, aside: 0, turn: 0 });
    for (const key of held) Object.assign(walker.wish, KEYS[key]);
  };
  addEventListener("keydown", (event) => {
    const known = KEYS[event.code];
    const elsewhere = (event.target as HTMLElement).closest("select");
    if (!known || elsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    on_move();
    if (walker.stepwise) return walker.step({ ahead: 0, aside: 0, turn: 0, ...known });
    walker.stop();
    held.add(event.code);
    wishes();
  });
  const release = (event: KeyboardEvent) => {
    held.delete(event.code);
    wishes();
  };
  addEventListener("keyup", release);
  addEventListener("blur", () => {
    held.clear();
    wishes();
  });

  let start: { id: number; x: number; y: number; last: number; moved: boolean } | null = null;
  canvas.addEventListener("pointerdown", ({ pointerId, clientX, clientY }) => {
    start = { id: pointerId, x: clientX, y: clientY, last: clientX, moved: false };
    canvas.setPointerCapture(pointerId);
  });
  canvas.addEventListener("pointermove", ({ pointerId, clientX, clientY }) => {
    if (start?.id !== pointerId) return;
    const up = start.y - clientY;
    if (!start.moved && Math.hypot(clientX - start.x, up) < TAP) return;
    if (!start.moved) on_move();
    start.moved = true;
    walker.look((start.last - clientX) * (1.2 / Math.min(canvas.clientWidth, 700)));
    start.last = clientX;
    const speed = Math.abs(up) < TAP ? 0 : Math.max(-1, Math.min(1, up / STICK));
    if (!walker.stepwise) walker.wish.ahead = speed;
  });
  const lift = ({ pointerId, clientX, clientY, type }: PointerEvent) => {
    if (start?.id !== pointerId) return;
    const { moved, y } = start;
    start = null;
    if (walker.stepwise && moved && Math.abs(y - clientY) > STICK / 2) walker.step({ ahead: Math.sign(y - clientY), aside: 0, turn: 0 });
    wishes();
    if (!moved && type === "pointerup") on_tap((clientX - canvas.getBoundingClientRect().left) / canvas.clientWidth);
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
}
