// What is heard: the pictures near by, each made by the core in the audio worklet, nearer ones louder and those behind walls
// muffled. Loudness, place and dullness are the browser's own nodes.
import { PictureNode } from "unisono";
import { type Maze, type Place, toward } from "./maze.js";
import type { Photo } from "./photos.js";
import type { Camera } from "./view.js";

export type Mapping = "perceptual" | "classic";

/** A photo on its wall. */
export interface Hung {
  photo: Photo;
  face: number;
  /** A step before the wall. */
  place: Place;
  /** How loud it is, 0 to 1. */
  level: number;
}

interface Voice {
  node: PictureNode | null; // null while it is being made
  filter: BiquadFilterNode;
  gain: GainNode;
  panner: StereoPannerNode;
  /** When it will have faded out and may rest; 0 while it sounds, infinite while it rests. */
  silent_at: number;
}

const MOST = 4; // pictures that sound at once
const LEAST = 0.04; // a level that is not worth making
const LOUD: Record<Mapping, number> = { perceptual: 2.2, classic: 0.5 }; // so that both are heard alike
const GLIDE = 0.25; // s, time constant of every change
const SILENCE = 10_000 * GLIDE; // ms until what fades is not heard: 87 dB
const [OPEN, MUFFLED] = [18000, 600]; // Hz
const BEHIND_WALLS = 0.4;

export class Voices {
  readonly context = new AudioContext({ latencyHint: "playback" });
  readonly #voices = new Map<Hung, Voice>();
  readonly #master = new GainNode(this.context, { gain: 0 });
  #mapping: Mapping = "perceptual";
  #muted = true;

  constructor(
    readonly maze: Maze,
    readonly on_fault: (error: Error) => void,
  ) {
    this.#master.connect(this.context.destination);
  }

  get sounding(): boolean {
    return this.context.state === "running" && !this.#muted;
  }

  /** Fades in or out; what nobody hears is not made. */
  async sound(on: boolean): Promise<void> {
    this.#muted = !on;
    if (on) await this.context.resume();
    this.#master.gain.setTargetAtTime(on ? 1 : 0, this.context.currentTime, GLIDE);
    if (!on) setTimeout(() => this.#muted && this.context.suspend(), SILENCE);
  }

  /** Another mapping: what sounds now fades out, and the same pictures come in anew. */
  set mapping(mapping: Mapping) {
    this.#mapping = mapping;
    for (const [hung, voice] of this.#voices) this.#dismiss(hung, voice);
  }

  /** Says how loud each picture is for someone who stands here, and sees to it that it is. */
  update(listener: Camera, pictures: readonly Hung[]): void {
    for (const hung of pictures) hung.level = this.#level(listener, hung);
    const heard = [...pictures].sort((a, b) => b.level - a.level);
    heard.forEach((hung, rank) => {
      if (rank >= MOST || hung.level < LEAST) hung.level = 0;
    });
    if (this.#muted) return;
    for (const hung of heard) {
      const voice = this.#voices.get(hung) ?? (hung.level > 0 ? this.#begin(hung) : null);
      if (voice) this.#steer(voice, hung, listener);
    }
  }

  #level(listener: Place, { place }: Hung): number {
    const distance = Math.hypot(toward(listener.x, place.x), toward(listener.y, place.y));
    const direct = 1 / (1 + (distance / 1.6) ** 2);
    return this.maze.sees(listener, place) ? direct : BEHIND_WALLS * direct;
  }

  #begin(hung: Hung): Voice {
    const { context } = this;
    const filter = new BiquadFilterNode(context, { type: "lowpass", frequency: MUFFLED, Q: 0.5 });
    const gain = new GainNode(context, { gain: 0 });
    const panner = new StereoPannerNode(context);
    filter.connect(gain).connect(panner).connect(this.#master);
    const voice: Voice = { node: null, filter, gain, panner, silent_at: 0 };
    this.#voices.set(hung, voice);
    const how = { picture: hung.photo.pixels, mapping: this.#mapping, seed: hung.face };
    PictureNode.create(context, how).then((node) => {
      voice.node = node;
      if (voice.silent_at === Infinity) node.pause();
      if (this.#voices.get(hung) === voice) node.connect(filter);
      else node.free();
    }, this.on_fault);
    return voice;
  }

  #steer(voice: Voice, { place, level }: Hung, listener: Camera): void {
    const now = this.context.currentTime;
    if (level > 0 && voice.silent_at > 0) {
      voice.silent_at = 0;
      voice.node?.play();
    } else if (level === 0 && voice.silent_at === 0) {
      voice.silent_at = now + SILENCE / 1000;
    } else if (voice.silent_at > 0 && now > voice.silent_at) {
      voice.silent_at = Infinity;
      voice.node?.pause();
    }
    const [dx, dy] = [toward(listener.x, place.x), toward(listener.y, place.y)];
    const aside = Math.sin(Math.atan2(dy, dx) - listener.angle) * Math.min(1, Math.hypot(dx, dy));
    voice.gain.gain.setTargetAtTime(LOUD[this.#mapping] * level, now, GLIDE);
    voice.panner.pan.setTargetAtTime(0.7 * aside, now, GLIDE);
    voice.filter.frequency.setTargetAtTime(this.maze.sees(listener, place) ? OPEN : MUFFLED, now, GLIDE);
  }

  #dismiss(hung: Hung, voice: Voice): void {
    this.#voices.delete(hung);
    voice.gain.gain.setTargetAtTime(0, this.context.currentTime, GLIDE);
    setTimeout(() => {
      voice.node?.free();
      voice.panner.disconnect();
    }, SILENCE);
  }

  /** Lets go of a picture that was taken off the wall. */
  remove(hung: Hung): void {
    const voice = this.#voices.get(hung);
    if (voice) this.#dismiss(hung, voice);
  }
}
