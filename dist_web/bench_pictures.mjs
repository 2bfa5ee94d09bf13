// Times photo to sound in a page, and tracking.js there too. `unisono bench pictures` runs it in Chromium and gives it pixels.rgb,
// options.json and, where it is installed, tracking.mjs; what it returns is in seconds, lists of all repeats.
const SR = 44100;
const MOST = 1 << 20; // corners

/** Seconds of each of the repeats, after one run that is not counted. */
async function times(repeats, run) {
  await run();
  const found = [];
  for (let i = 0; i < repeats; i++) {
    const began = performance.now();
    await run();
    found.push((performance.now() - began) / 1000);
  }
  return found;
}

/** A canvas's pixels of the same picture. */
function with_opacity(rgb) {
  const rgba = new Uint8ClampedArray((4 * rgb.length) / 3).fill(255);
  for (let i = 0; i < rgb.length; i++) rgba[4 * Math.floor(i / 3) + (i % 3)] = rgb[i];
  return rgba;
}

/** The share of one core that an audio worklet takes while a picture plays. */
async function share({ PictureNode }, picture, mapping, seconds, repeats) {
  const all = await times(repeats, async () => {
    const context = new OfflineAudioContext(2, seconds * SR, SR);
    const node = await PictureNode.create(context, { picture, mapping });
    node.connect(context.destination);
    await context.startRendering();
    node.free();
  });
  return all.map((taken) => (100 * taken) / seconds);
}

/** The peer's own searching for corners, if it is given. */
async function peer({ data, width, height }, repeats) {
  const script = Object.assign(document.createElement("script"), { src: "/given/tracking.mjs" });
  const there = new Promise((resolve) => Object.assign(script, { onload: () => resolve(true), onerror: () => resolve(false) }));
  document.head.append(script);
  if (!(await there)) return null;
  const { Fast, Image } = globalThis.tracking;
  const work = () => Fast.findCorners(Image.grayscale(data, width, height), width, height);
  return { seconds: await times(repeats, work), corners: work().length / 2 };
}

export default async function measure(named) {
  const [rgb, options] = await Promise.all(["pixels.rgb", "options.json"].map(named));
  const { width, seconds, repeats } = JSON.parse(new TextDecoder().decode(options));
  const package_ = await import("/unisono/dist/index.js");
  const u = await package_.load();
  const data = new Uint8Array(rgb);
  const height = data.length / 3 / width;
  const pixels = { data, shape: [height, width, 3] };
  const picture = { data: with_opacity(data), width, height };
  return {
    browser: /Chrom\w+\/\d+/.exec(navigator.userAgent)?.[0].replace("/", " ") ?? "a browser",
    classic: await times(repeats, () => u.sonify_classic(pixels, seconds * SR)),
    perceptual: await times(repeats, () => u.sonify_perceptual(pixels, seconds * SR)),
    corners: { seconds: await times(repeats, () => u.find_corners(pixels)), corners: u.find_corners(pixels, { max_corners: MOST }).count },
    tracking: await peer(picture, repeats),
    classic_share: await share(package_, picture, "classic", seconds, repeats),
    perceptual_share: await share(package_, picture, "perceptual", seconds, repeats),
  };
}
