// The map from above, and the list of pictures: for finding one's way, with eyes or without.
import { type Maze, SIZE } from "./maze.js";
import type { Camera } from "./view.js";
import type { Hung } from "./voices.js";

const SCALE = 10; // pixels a block

export class Guide {
  readonly #map: HTMLCanvasElement;
  readonly #rooms = document.createElement("canvas");
  readonly #bars = new Map<Hung, HTMLElement>();

  constructor(
    map: HTMLCanvasElement,
    readonly list: HTMLElement,
    maze: Maze,
    readonly on_choice: (hung: Hung) => void,
  ) {
    this.#map = map;
    for (const canvas of [map, this.#rooms]) [canvas.width, canvas.height] = [SIZE * SCALE, SIZE * SCALE];
    const context = this.#rooms.getContext("2d")!;
    context.fillStyle = "rgb(255 255 255 / 75%)";
    maze.walls.forEach((wall, i) => wall && context.fillRect((i % SIZE) * SCALE, Math.floor(i / SIZE) * SCALE, SCALE, SCALE));
  }

  /** Writes the list anew: a button for each picture. */
  show(pictures: readonly Hung[]): void {
    this.#bars.clear();
    const items = pictures.map((hung) => {
      const item = document.createElement("li");
      const button = Object.assign(document.createElement("button"), { type: "button" });
      const [thumb, name, bar] = ["canvas", "span", "i"].map((tag) => document.createElement(tag)) as [HTMLCanvasElement, HTMLElement, HTMLElement];
      [thumb.width, thumb.height] = [72, 54];
      const { canvas } = hung.photo;
      const scale = Math.max(72 / canvas.width, 54 / canvas.height);
      const [w, h] = [canvas.width * scale, canvas.height * scale];
      thumb.getContext("2d")!.drawImage(canvas, (72 - w) / 2, (54 - h) / 2, w, h);
      for (const part of [thumb, bar]) part.setAttribute("aria-hidden", "true");
      name.textContent = hung.photo.name;
      button.append(thumb, name, bar);
      button.addEventListener("click", () => this.on_choice(hung));
      item.append(button);
      this.#bars.set(hung, bar);
      return item;
    });
    this.list.replaceChildren(...items);
  }

  /** Follows the visitor and what is heard. */
  update(camera: Camera, pictures: readonly Hung[]): void {
    const context = this.#map.getContext("2d")!;
    context.clearRect(0, 0, this.#map.width, this.#map.height);
    context.drawImage(this.#rooms, 0, 0);
    for (const { photo, place, level } of pictures) {
      context.fillStyle = photo.colour;
      context.beginPath();
      context.arc(place.x * SCALE, place.y * SCALE, 6 + 7 * level, 0, 7);
      context.fill();
    }
    const [x, y] = [camera.x * SCALE, camera.y * SCALE];
    context.fillStyle = "#ff9f5a";
    context.beginPath();
    for (const [turn, far] of [[0, 11], [2.5, 8], [-2.5, 8]] as const) { // prettier-ignore
      context.lineTo(x + far * Math.cos(camera.angle + turn), y + far * Math.sin(camera.angle + turn));
    }
    context.fill();
    for (const [{ level }, bar] of this.#bars) bar.style.setProperty("--level", level.toFixed(2));
  }
}
