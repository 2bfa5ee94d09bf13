// How sharp the view is: as sharp as the machine can draw it sixty times a second.
const SCALES = [1, 0.8, 0.65, 0.5, 0.4, 0.3, 0.22];
const FRAMES = 40; // between decisions
const [SLOW, EASY] = [18.2, 4.5]; // ms a frame took in all; ms of drawing below which more is possible
const [COARSE, LIGHT] = [3, 3]; // the first coarse scale; ms of drawing below which it is not the drawing that is slow
const PATIENCE = 1200; // frames to wait after a size that was too much

export class Pace {
  #index = 3;
  #frames = 0;
  #drawing = 0;
  #began = 0;
  #tried_in_vain = 0;

  get scale(): number {
    return SCALES[this.#index]!;
  }

  /** After each drawn frame: its time, and the milliseconds that drawing took. Whether the scale is another now. */
  drawn(now: number, drawing: number): boolean {
    if (this.#frames++ === 0) [this.#began, this.#drawing] = [now, 0];
    this.#drawing += drawing;
    this.#tried_in_vain = Math.max(0, this.#tried_in_vain - 1);
    if (this.#frames <= FRAMES) return false;
    const [frame, draw] = [(now - this.#began) / FRAMES, this.#drawing / FRAMES];
    this.#frames = 0;
    const helps = this.#index < COARSE || draw > LIGHT;
    if (frame > SLOW && helps && this.#index < SCALES.length - 1) {
      this.#tried_in_vain = PATIENCE;
      this.#index++;
      return true;
    }
    if (frame > SLOW || draw > EASY || this.#index === 0 || this.#tried_in_vain > 0) return false;
    this.#index--;
    return true;
  }

  /** A pause in the drawing is not slowness. */
  rest(): void {
    this.#frames = 0;
  }
}
