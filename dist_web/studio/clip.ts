// Where clips come from: files, the microphone, and a little piece made on the spot. All become mono at 44.1 kHz.
import type { Unisono } from "unisono";
import { rest } from "./elements.js";

export const SR = 44100;

export interface Clip {
  name: string;
  samples: Float32Array;
}

/** Decodes with the browser's decoders; the promise of equal bits begins at the samples that come out. */
export async function decode(name: string, content: ArrayBuffer, sr = SR): Promise<Clip> {
  const context = new OfflineAudioContext(1, 1, sr);
  const sound = await context.decodeAudioData(content).catch(() => {
    throw new Error(`${name}: this browser cannot read it as a sound`);
  });
  if (sound.numberOfChannels === 1) return { name, samples: sound.getChannelData(0).slice() };
  const mix = new OfflineAudioContext(1, sound.length, sr);
  const gain = new GainNode(mix, { gain: 1 / sound.numberOfChannels });
  const merger = new ChannelMergerNode(mix, { numberOfInputs: 1 });
  const splitter = new ChannelSplitterNode(mix, { numberOfOutputs: sound.numberOfChannels });
  const source = new AudioBufferSourceNode(mix, { buffer: sound });
  source.connect(splitter);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) splitter.connect(merger, channel, 0);
  merger.connect(gain).connect(mix.destination);
  source.start();
  return { name, samples: (await mix.startRendering()).getChannelData(0) };
}

/** A clip's samples at another rate; the browser's decoder resamples well, its nodes do not. */
export async function resampled(u: Unisono, { name, samples }: Clip, sr: number): Promise<Float32Array> {
  if (sr === SR) return samples;
  const wav = u.wav(samples, { sr: SR, format: "float" });
  return (await decode(name, wav.buffer as ArrayBuffer, sr)).samples;
}

const NOTES = [57, 64, 69, 72, 60, 64, 67, 71, 53, 60, 65, 69, 55, 62, 67, 71]; // MIDI; four broken chords
const BEAT = 16537; // samples
const RING = 2.5; // beats

/** Plucked notes of the core's own oscillators: the same samples in every browser. */
export async function built_in(u: Unisono): Promise<Clip> {
  const samples = new Float32Array(BEAT * (NOTES.length + 2));
  for (const [i, note] of NOTES.entries()) {
    const hz = 440 * u.pow(Float32Array.of(2), Float32Array.of((note - 69) / 12))[0]!;
    const length = Math.round(BEAT * RING);
    const saw = new u.Saw({ sr: SR });
    const tone = saw.process(new Float32Array(length).fill(hz));
    const octave = saw.process(new Float32Array(length).fill(2 * hz));
    saw.free();
    for (let k = 0, loud = 0.16; k < length; k++, loud = Math.fround(loud * 0.99993)) {
      const attack = Math.min(1, k / 200);
      samples[i * BEAT + k]! += Math.fround(loud * attack * (tone[k]! + 0.5 * octave[k]!));
    }
    await rest(); // the page stays awake
  }
  return { name: "built-in", samples };
}

/** The microphone until `stop` is called. */
export async function record(): Promise<{ stop: () => Promise<Clip> }> {
  if (!navigator.mediaDevices) throw new Error("This page may not use the microphone: it must come over https or from localhost.");
  const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: constraints }).catch(() => {
    throw new Error("The microphone was refused. Allow it for this page in the browser's settings.");
  });
  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.start();
  return {
    stop: async () => {
      await new Promise((resolve) => {
        recorder.onstop = resolve;
        recorder.stop();
      });
      stream.getTracks().forEach((track) => track.stop());
      return decode("recording", await new Blob(parts).arrayBuffer());
    },
  };
}
