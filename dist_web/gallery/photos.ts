// Photos: those of the gallery, and the visitor's own; decoded by the browser, never sent anywhere.

/** A photo as it hangs on the wall and as it sounds. */
export interface Photo {
  name: string;
  /** At most SIDE pixels a side: what the core makes its sound of. */
  pixels: ImageData;
  canvas: HTMLCanvasElement;
  /** The mean colour, for the map. */
  colour: string;
}

const SIDE = 448;
const MOST_PIXELS = 1 << 26; // as in Python: 67 megapixels

const BUILT_IN = [
  ["galaxies", "Galaxies"], ["coffee", "Coffee"], ["astronaut", "Astronaut"], ["grass", "Grass"], ["cat", "Cat"],
  ["rocket", "Rocket"], ["brick", "Brick"], ["camera", "Man with a camera"], ["gravel", "Gravel"],
] as const; // prettier-ignore

function mean_colour({ data }: ImageData): string {
  const sums = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c++) sums[c]! += data[i + c]!;
  return `rgb(${sums.map((sum) => Math.round((4 * sum) / data.length)).join(" ")})`;
}

export function photo_of(name: string, canvas: HTMLCanvasElement): Photo {
  const pixels = canvas.getContext("2d", { willReadFrequently: true })!.getImageData(0, 0, canvas.width, canvas.height);
  return { name, pixels, canvas, colour: mean_colour(pixels) };
}

/** Decodes a picture file; turned as its EXIF data says, what is transparent on white. */
export async function read_photo(name: string, content: Blob): Promise<Photo> {
  const bitmap = await createImageBitmap(content).catch(() => {
    throw new Error(`${name}: this browser cannot read it as a picture`);
  });
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) throw new Error(`${name} is too large: ${width} x ${height} pixels`);
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return photo_of(name, canvas);
}

/** The photos that the page comes with, one by one as they arrive. */
export async function* built_in(): AsyncGenerator<Photo> {
  const fetched = BUILT_IN.map(async ([file, name]) => {
    const response = await fetch(`photos/${file}.webp`);
    if (!response.ok) throw new Error(`The photo ${file} is missing: ${response.status} ${response.statusText}`);
    return read_photo(name, await response.blob());
  });
  for (const photo of fetched) yield await photo;
}
