// The sliders, one for each of the player's parameters.
import type { LiveName } from "unisono";
import { element, input } from "./elements.js";
import type { Take } from "./take.js";

const SLIDERS: readonly [LiveName, number, number, number, number][] = [
  ["temperature", 0, 3, 0.01, 1],
  ["gain", 0, 2, 0.01, 1],
  ["density", 0, 10, 0.05, 1],
  ["pitch", -24, 24, 0.1, 0],
  ["formant", -24, 24, 0.1, 0],
  ["morph", 0, 1, 0.01, 0],
];

const slider_of = (name: LiveName) => input(`slider-${name}`);

function add_slider([name, least, most, step, value]: (typeof SLIDERS)[number], moved: (name: LiveName, value: number) => void): void {
  const label = Object.assign(document.createElement("label"), { htmlFor: `slider-${name}` });
  const slider = Object.assign(document.createElement("input"), { type: "range", id: `slider-${name}` });
  Object.assign(slider, { min: String(least), max: String(most), step: String(step), value: String(value) });
  const shown = Object.assign(document.createElement("output"), { textContent: value.toFixed(2) });
  slider.addEventListener("input", () => {
    shown.textContent = Number(slider.value).toFixed(2);
    moved(name, Number(slider.value));
  });
  label.append(name, shown, slider);
  element("sliders").append(label);
}

/** `moved` hears what the user does, and not what `show_value` does. */
export function add_sliders(moved: (name: LiveName, value: number) => void): void {
  for (const one of SLIDERS) add_slider(one, moved);
  enable_sliders({ wavenet: false, second: false });
}

/** Leaves those sliders alone that do something: WaveNet hears two of them, and morph needs a second model. */
export function enable_sliders({ wavenet, second }: { wavenet: boolean; second: boolean }): void {
  for (const [name] of SLIDERS) slider_of(name).disabled = (name === "morph" && !second) || (wavenet && !["temperature", "gain"].includes(name));
}

export function show_value(name: LiveName, value: number): void {
  slider_of(name).value = String(value);
  slider_of(name).previousElementSibling!.textContent = value.toFixed(2);
}

/** Where the sliders stand, but for those that stand where the player begins. */
export function standing(): Take["values"] {
  const moved = SLIDERS.filter(([name, , , , initial]) => Number(slider_of(name).value) !== initial);
  return Object.fromEntries(moved.map(([name]) => [name, Number(slider_of(name).value)]));
}

export function show_standing(values: Take["values"]): void {
  for (const [name, , , , initial] of SLIDERS) show_value(name, values[name] ?? initial);
}
