// Keeping: the sound as a WAV that says how it was made, the model, the moves of the sliders, and a link.
import { Float, UnisonoNode, type WavFormat } from "unisono";
import { download, element, input, say } from "./elements.js";
import { to_link } from "./link.js";
import { ending, type Playing } from "./play.js";
import { changes_of, morphs } from "./take.js";

const stem = (name: string) => name.slice(0, -ending(name).length);

/** The sound that is kept, the same wherever it is made. */
async function render(playing: Playing, n: number): Promise<Float32Array> {
  const context = new OfflineAudioContext(1, n, playing.model!.sr);
  const node = await UnisonoNode.create(context, playing.source(playing.kept()));
  node.connect(context.destination);
  const sound = (await context.startRendering()).getChannelData(0);
  node.free();
  return sound;
}

/** Saves the sound; whole numbers of 16 bits get noise of one step, named by the sound's seed. */
export async function save_sound(playing: Playing): Promise<void> {
  const { u, seed } = playing;
  const { name, sr, recipe } = playing.model!;
  const seconds = Number(input("seconds").value);
  const format = element<HTMLSelectElement>("format").value as WavFormat;
  const take = playing.kept();
  say("keep-facts", `Making ${seconds} s of sound…`);
  const sound = await render(playing, Math.round(seconds * sr));
  const automation = changes_of(take).map(([frame, what, value]) => [frame, what, new Float(Math.fround(value))]);
  const second = playing.second && morphs(take) ? { second_sha256: playing.second.sha256 } : {};
  const told = { ...recipe, made_by: "studio", seconds: new Float(seconds), seed, automation, ...second };
  const wav = u.wav(sound, { sr, recipe: told, format, ...(format === "pcm16" ? { dither: seed } : {}) });
  download(`${stem(name)}.wav`, wav, "audio/wav");
  say("keep-facts", `${seconds} s saved.`);
}

export function save_model(playing: Playing): void {
  const { file, name } = playing.model!;
  download(name, file, "application/octet-stream");
}

/** For `unisono generate --automation`. */
export function save_moves(playing: Playing): void {
  const { model, take } = playing;
  download(`${stem(model!.name)}.json`, new TextEncoder().encode(JSON.stringify(changes_of(take))), "application/json");
}

export async function copy_link(playing: Playing): Promise<void> {
  const { model, second, seed } = playing;
  const link = to_link({ model: model!.sha256, second: second?.sha256 ?? null, seed, take: playing.kept() });
  history.replaceState(null, "", link);
  const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
  say("keep-facts", copied ? "Copied. Send the model along: the link names it, but does not hold it." : "The link is in the address bar now.");
}
