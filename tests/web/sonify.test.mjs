// Photo to sound: the one call over both mappings, transparent pixels, corners as tracking.js defines them, stereo WAVs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { load, rgb, sonify_recipe } from "../../dist_web/lib/index.js";

const WIDTH = 160;
const HEIGHT = 120;
let u;
let picture;
before(async () => {
  u = await load();
  // Small rectangles on larger ones, in colours that an integer hash draws.
  const data = new Uint8ClampedArray(4 * WIDTH * HEIGHT);
  for (let i = 0; i < WIDTH * HEIGHT; ++i) {
    const [x, y] = [i % WIDTH, (i - (i % WIDTH)) / WIDTH];
    const side = ((x >> 3) + (y >> 3)) % 2 ? 3 : 9;
    for (let c = 0; c < 3; ++c) {
      const key = Math.imul(Math.floor(x / side) * 7919 + Math.floor(y / side) * 104729 + c + side, 0x9e3779b1);
      data[4 * i + c] = (key >>> 16) & 255;
    }
    data[4 * i + 3] = 255;
  }
  picture = { data, width: WIDTH, height: HEIGHT };
});

test("one call makes the sound of either mapping", () => {
  const sound = u.sonify(picture, { seconds: 0.5, seed: 3 });
  assert.deepEqual(sound.shape, [22050, 2]);
  assert.deepEqual(sound.data, u.sonify_perceptual(rgb(picture), 22050, { seed: 3 }).data);
  assert.ok(sound.data.every((x) => Math.abs(x) <= 1) && sound.data.some((x) => Math.abs(x) > 0.01));
  const classic = u.sonify(picture, { seconds: 0.5, seed: 3, mapping: "classic" });
  assert.deepEqual(classic.shape, [22050]);
  assert.deepEqual(classic.data, u.sonify_classic(rgb(picture), 22050, { seed: 3 }));
});

test("what is transparent shows white", () => {
  const data = Uint8ClampedArray.of(10, 20, 30, 255, 10, 20, 30, 0, 100, 200, 0, 128);
  const { data: out, shape } = rgb({ data, width: 3, height: 1 });
  assert.deepEqual(shape, [1, 3, 3]);
  assert.deepEqual([...out], [10, 20, 30, 255, 255, 255, 177, 227, 127]);
});

test("corners are those of tracking.js's definition, its rounding of grey included", () => {
  const grey = new Uint8ClampedArray(WIDTH * HEIGHT);
  for (let i = 0; i < grey.length; ++i) {
    grey[i] = picture.data[4 * i] * 0.299 + picture.data[4 * i + 1] * 0.587 + picture.data[4 * i + 2] * 0.114;
  }
  const circle = [[0, -3], [1, -3], [2, -2], [3, -1], [3, 0], [3, 1], [2, 2], [1, 3],
    [0, 3], [-1, 3], [-2, 2], [-3, 1], [-3, 0], [-3, -1], [-2, -2], [-1, -3]].map(([x, y]) => y * WIDTH + x); // prettier-ignore
  const expected = [];
  for (let y = 3; y < HEIGHT - 3; ++y) {
    for (let x = 3; x < WIDTH - 3; ++x) {
      const at = y * WIDTH + x;
      const corner = [1, -1].some((sign) => {
        const differs = circle.map((offset) => sign * (grey[at + offset] - grey[at]) > 40);
        const straight = [0, 4, 8, 12].filter((k) => differs[k]).length;
        return straight >= 3 && differs.some((_, k) => [...Array(9).keys()].every((d) => differs[(k + d) % 16]));
      });
      if (corner) expected.push(x, y);
      if (corner) x += 3;
    }
  }
  const { corners, count } = u.find_corners(rgb(picture), { max_corners: 10000 });
  assert.ok(count > 50);
  assert.deepEqual([...corners.data.subarray(0, 2 * count)], expected);
});

test("a stereo WAV says so and keeps its recipe", () => {
  const sound = u.sonify(picture, { seconds: 0.1 });
  const wav = u.wav(sound, { sr: 44100, recipe: { unisono: "0", seed: 0 } });
  const view = new DataView(wav.buffer, wav.byteOffset);
  assert.deepEqual([view.getUint16(22, true), view.getUint32(24, true), view.getUint32(28, true)], [2, 44100, 176400]);
  assert.deepEqual([view.getUint16(32, true), view.getUint16(34, true), view.getUint32(40, true)], [4, 16, 4 * 4410]);
  assert.equal(view.getInt16(44 + 2 * 5000, true), u.to_pcm16(sound.data)[5000]);
  assert.equal(u.read_recipe(wav).seed, 0);
});

test("the recipe says what Python's says, in its words", () => {
  const options = { seconds: 2, mapping: "classic", seed: 3 };
  const wav = u.wav(u.sonify(picture, options), { sr: 44100, recipe: sonify_recipe(picture, "x.png", options) });
  const { unisono, bits, ...recipe } = u.read_recipe(wav);
  const picture_sha256 = createHash("sha256").update(rgb(picture).data).digest("hex");
  assert.deepEqual(recipe, { made_by: "sonify", picture: "x.png", picture_sha256, picture_size: [WIDTH, HEIGHT], ...options, sr: 44100 });
  assert.ok(unisono && bits >= 1);
});

test("wrong arguments are named", () => {
  const refused = (how, part, from = picture) =>
    assert.throws(() => u.sonify(from, how), (error) => error.name === "ParameterError" && error.message.includes(part));
  for (const seconds of [0, -1, NaN, 3601]) refused({ seconds }, "seconds");
  refused({ mapping: "learned" }, "mapping");
  refused({ seed: -1 }, "seed");
  refused({ sr: 10 }, "sr");
  refused({}, "picture", { data: new Uint8ClampedArray(7), width: 2, height: 1 });
  for (const none of [undefined, { width: 2, height: 1 }]) assert.throws(() => u.sonify(none), { name: "ParameterError", message: /^picture/ });
  refused({ second: 1 }, "no option second");
});
