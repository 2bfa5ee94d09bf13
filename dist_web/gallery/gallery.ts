// The gallery: a maze of photos, of which each makes its sound while one walks past.
import { load, type Unisono } from "unisono";
import { listen } from "./controls.js";
import { Guide } from "./guide.js";
import { Maze, type Place, SIZE, tint_of } from "./maze.js";
import { Pace } from "./pace.js";
import { paintings } from "./paintings.js";
import { built_in, type Photo, read_photo } from "./photos.js";
import { View, type Wall } from "./view.js";
import { type Hung, type Mapping, Voices } from "./voices.js";
import { DAY, NIGHT, paint_wall, type Theme, TINTS } from "./walls.js";
import { Walker } from "./walker.js";

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const TELL_EVERY = 100; // ms between looks at what is heard
const SAY_EVERY = 900; // ms between changes of the line of status: screen readers speak it
const STANDS = 250; // ms without a change after which one stands still
const SHARPEST = 2; // pixels of the view for one of the page
const NARROW = 672; // pixels, as in the style sheet
const STAY = 8000; // ms before a picture while wandering
const LAMP = { low: 0.68, high: 0.5, quickness: 4 }; // of a picture's light: its least, what its sound adds, 1/s

class Gallery {
  readonly maze: Maze;
  readonly walker: Walker;
  readonly view: View;
  readonly voices: Voices;
  readonly guide: Guide;
  readonly pictures: Hung[] = [];
  readonly #walls = new Map<number, Wall>();
  readonly #pace = new Pace();
  readonly #unit = Math.min(innerWidth, innerHeight) < 600 ? 288 : 448; // pixels of a block of wall
  #theme: Theme;
  #stale = true;
  #told = 0;
  #said = 0;
  #last = 0;
  #moved = 0;
  #sharp = false;
  #arrived = 0;
  #wandering = false;
  #visited: Hung[] = [];

  constructor(u: Unisono, seed: number) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    this.#theme = dark.matches ? NIGHT : DAY;
    this.maze = new Maze(u, seed);
    this.walker = new Walker(this.maze, { ...this.maze.before(this.maze.faces[0]!, -1), angle: (this.maze.faces[0]! & 3) * (Math.PI / 2) });
    this.view = new View(element("view"), this.maze, this.#theme, this.#plain());
    this.voices = new Voices(this.maze, problem);
    this.guide = new Guide(element("map"), element("list"), this.maze, (hung) => this.visit(hung));
    this.walker.stepwise = still.matches;
    still.addEventListener("change", () => (this.walker.stepwise = still.matches));
    dark.addEventListener("change", () => this.#repaint(dark.matches ? NIGHT : DAY));
    new ResizeObserver(() => this.#resize()).observe(this.view.canvas);
    listen(this.view.canvas, this.walker, (across) => this.#tapped(across), () => this.wander(false));
    requestAnimationFrame((now) => this.#frame(now));
  }

  /** Hangs a photo on the free wall nearest to the visitor, or in the place of the one that is farthest. */
  hang(photo: Photo, face = this.#free_face()): Hung {
    const hung: Hung = { photo, face, place: this.maze.before(face, -0.3), level: 0 };
    this.pictures.push(hung);
    this.#walls.set(face, { levels: this.#painted(hung), light: LAMP.low });
    this.guide.show(this.pictures);
    this.#stale = true;
    return hung;
  }

  #painted({ face, photo }: Hung) {
    return paint_wall(this.#theme, this.#unit, tint_of(face), photo);
  }

  #plain() {
    return Array.from({ length: TINTS }, (_, tint) => paint_wall(this.#theme, this.#unit, tint, null));
  }

  #free_face(): number {
    const far = (place: Place) => this.maze.path(this.walker.camera, place).length;
    const free = this.maze.faces.filter((face) => !this.#walls.has(face)).map((face) => ({ face, steps: far(this.maze.before(face, 1)) }));
    if (free.length > 0) return free.reduce((a, b) => (b.steps < a.steps ? b : a)).face;
    const farthest = this.pictures.reduce((a, b) => (far(b.place) > far(a.place) ? b : a));
    this.pictures.splice(this.pictures.indexOf(farthest), 1);
    this.voices.remove(farthest);
    return farthest.face;
  }

  visit(hung: Hung): void {
    this.#visited = [hung, ...this.#visited.filter((other) => other !== hung)];
    this.#arrived = 0;
    this.walker.go(hung.place, this.maze.before(hung.face, 2));
    this.#stale = true;
  }

  wander(on: boolean): void {
    this.#wandering = on;
    this.#arrived = 0;
    if (!on) this.walker.stop();
    element("wander").setAttribute("aria-pressed", String(on));
    this.#stale = true;
  }

  /** Goes on from picture to picture: the nearest of those that were seen longest ago. */
  #wander(now: number): void {
    if (this.walker.on_the_way || this.pictures.length === 0) return;
    this.#arrived ||= now;
    if (this.#visited.length > 0 && now - this.#arrived < STAY) return;
    const recent = this.#visited.slice(0, Math.ceil(this.pictures.length / 2));
    const steps = ({ place }: Hung) => this.maze.path(this.walker.camera, place).length;
    const others = this.pictures.filter((hung) => !recent.includes(hung));
    this.visit(others.reduce((a, b) => (steps(b) < steps(a) ? b : a)));
  }

  #tapped(across: number): void {
    this.wander(false);
    const hit = this.view.look(this.walker.camera, across);
    const hung = this.pictures.find(({ face }) => face === hit.face);
    if (hung) return this.visit(hung);
    const place = { x: hit.block.x + 0.5, y: hit.block.y + 0.5 };
    const angle = this.view.angle(this.walker.camera, across);
    this.walker.go(place, { x: place.x + Math.cos(angle), y: place.y + Math.sin(angle) });
    this.#stale = true;
  }

  /** Goes to a place on the map, 0 to 1 along both axes. */
  go_to(x: number, y: number): void {
    const place = { x: Math.floor(x * SIZE) + 0.5, y: Math.floor(y * SIZE) + 0.5 };
    if (this.maze.is_wall(place.x, place.y)) return;
    const nearest = this.pictures.find((hung) => this.maze.sees(place, hung.place));
    this.wander(false);
    this.walker.go(place, nearest ? this.maze.before(nearest.face, 2) : { x: place.x + 1, y: place.y });
    this.#stale = true;
  }

  #repaint(theme: Theme): void {
    this.#theme = this.view.theme = theme;
    this.view.plain = this.#plain();
    for (const hung of this.pictures) this.#walls.get(hung.face)!.levels = this.#painted(hung);
    this.#resize();
  }

  #resize(): void {
    this.view.resize(this.#pace.scale);
    this.#sharp = false;
    this.#stale = true;
  }

  /** One picture in all its sharpness for someone who stands still. */
  #sharpen(now: number): void {
    this.#pace.rest();
    if (this.#sharp || now - this.#moved < STANDS) return;
    this.view.resize(Math.min(devicePixelRatio, SHARPEST));
    this.view.draw(this.walker.camera, this.#walls);
    this.#sharp = true;
  }

  #frame(now: number): void {
    requestAnimationFrame((next) => this.#frame(next));
    const seconds = Math.min(0.1, (now - this.#last) / 1000);
    this.#last = now;
    if (this.#wandering) this.#wander(now);
    const moved = this.walker.advance(seconds);
    if (now - this.#told > TELL_EVERY) this.#tell(now);
    if (!this.#light(seconds) && !moved && !this.#stale) return this.#sharpen(now);
    if (this.#sharp) this.#resize();
    this.#stale = false;
    this.#moved = now;
    const began = performance.now();
    this.view.draw(this.walker.camera, this.#walls);
    if (this.#pace.drawn(now, performance.now() - began)) this.#resize();
  }

  /** Lets the lamps follow what is heard; whether any of them changed. */
  #light(seconds: number): boolean {
    let changed = false;
    for (const { face, level } of this.pictures) {
      const wall = this.#walls.get(face)!;
      const off = LAMP.low + LAMP.high * level - wall.light;
      if (Math.abs(off) < 0.004) continue;
      wall.light += off * (this.walker.stepwise ? 1 : 1 - Math.exp(-LAMP.quickness * seconds));
      changed = true;
    }
    return changed;
  }

  #tell(now: number): void {
    this.#told = now;
    this.voices.update(this.walker.camera, this.pictures);
    this.guide.update(this.walker.camera, this.pictures);
    const heard = this.pictures.filter(({ level }) => level > 0).sort((a, b) => b.level - a.level);
    const before = this.pictures.find(({ face }) => face === this.view.look(this.walker.camera, 0.5).face);
    const others = heard.filter((hung) => hung !== before).map(({ photo }) => photo.name);
    const seen = before ? `Before you: ${before.photo.name}.` : "";
    const sound = others.length > 0 ? `${before ? "Also near" : "Near"}: ${others.join(", ")}.` : "";
    if (now - this.#said < SAY_EVERY) return;
    this.#said = now;
    say("status", [seen, sound].filter(Boolean).join(" ") || "It is quiet here.");
  }
}

function say(id: string, text: string): void {
  if (element(id).textContent !== text) element(id).textContent = text;
}

function problem(error: Error | null): void {
  element("problem").hidden = error === null;
  say("problem", error?.message ?? "");
}

async function add(gallery: Gallery, files: Iterable<File>): Promise<void> {
  problem(null);
  let last: Hung | null = null;
  for (const file of files) {
    const photo = await read_photo(file.name.replace(/\.\w+$/, ""), file).catch((error: Error) => problem(error));
    if (photo) last = gallery.hang(photo);
  }
  if (last) gallery.visit(last);
}

function wire(gallery: Gallery): void {
  const on = (id: string, event: string, work: (event: Event) => unknown) => element(id).addEventListener(event, work);
  const sound = async (wanted: boolean) => {
    await gallery.voices.sound(wanted);
    element("sound").setAttribute("aria-pressed", String(wanted));
  };
  on("enter", "click", async () => {
    element("entry").hidden = true;
    element("view").focus({ preventScroll: true });
    await sound(true);
  });
  on("sound", "click", () => sound(!gallery.voices.sounding));
  on("wander", "click", ({ currentTarget }) => gallery.wander((currentTarget as HTMLElement).getAttribute("aria-pressed") !== "true"));
  const show_panel = (shown: boolean) => {
    element("panel").hidden = !shown;
    element("pictures").setAttribute("aria-expanded", String(shown));
  };
  on("pictures", "click", () => show_panel(element("panel").hidden));
  on("list", "click", () => innerWidth < NARROW && show_panel(false)); // it covers the view there
  on("mapping", "change", ({ target }) => (gallery.voices.mapping = (target as HTMLSelectElement).value as Mapping));
  on("file", "change", ({ target }) => add(gallery, (target as HTMLInputElement).files ?? []));
  on("map", "click", (event) => {
    const box = element("map").getBoundingClientRect();
    const { clientX, clientY } = event as MouseEvent;
    gallery.go_to((clientX - box.left - 6) / (box.width - 12), (clientY - box.top - 6) / (box.height - 12));
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", () => document.body.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    void add(gallery, event.dataTransfer?.files ?? []);
  });
}

async function start(): Promise<void> {
  if (!("AudioWorkletNode" in globalThis && isSecureContext)) {
    throw new Error("This browser lacks AudioWorklet (pages have it over https or from localhost).");
  }
  const seed = Number(/^#(\d{1,9})$/.exec(location.hash)?.[1] ?? 1);
  const u = await load();
  const gallery = new Gallery(u, seed);
  wire(gallery);
  let hung = 0;
  for await (const photo of built_in()) gallery.hang(photo, gallery.maze.faces[hung++]!);
  for await (const photo of paintings(u, seed)) gallery.hang(photo, gallery.maze.faces[hung++]!);
  element<HTMLButtonElement>("enter").disabled = false;
  document.body.dataset["ready"] = "yes";
}

start().catch(problem);
