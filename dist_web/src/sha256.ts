// SHA-256 (FIPS 180-4), which names clips and models; Web Crypto's is asynchronous and missing on insecure pages.

const BLOCK = 64;
const PRIMES: number[] = [];
for (let n = 2; PRIMES.length < BLOCK; n++) if (PRIMES.every((p) => n % p !== 0)) PRIMES.push(n);

/** The k-th root of p in units of 2^-32, rounded down. */
function root(p: number, k: bigint): number {
  const power = BigInt(p) << (32n * k);
  let found = 0n;
  for (let bit = 1n << 36n; bit > 0n; bit >>= 1n) if ((found + bit) ** k <= power) found += bit;
  return Number(found);
}

// FIPS 180-4, 4.2.2 and 5.3.3: the first 32 fractional bits of the primes' cube roots, and of the first 8 square roots.
// An Int32Array keeps those bits of a number and drops the whole part.
const ROUND = Int32Array.from(PRIMES, (p) => root(p, 3n));
const START = Int32Array.from(PRIMES.slice(0, 8), (p) => root(p, 2n));

function rotate(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}

/** A running hash: `update` with bytes as often as needed, then `hex` once. */
export class Sha256 {
  readonly #state = Int32Array.from(START);
  readonly #words = new Int32Array(BLOCK);
  readonly #pending = new Uint8Array(BLOCK);
  #filled = 0;
  #length = 0;

  update(bytes: Uint8Array): this {
    this.#length += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      if (this.#filled === 0 && bytes.length - at >= BLOCK) {
        this.#block(bytes, at);
        at += BLOCK;
        continue;
      }
      const count = Math.min(BLOCK - this.#filled, bytes.length - at);
      this.#pending.set(bytes.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === BLOCK) this.#flush();
    }
    return this;
  }

  hex(): string {
    const bits = this.#length * 8;
    const tail = new Uint8Array(((this.#filled + 9 + BLOCK - 1) & -BLOCK) - this.#filled);
    tail[0] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(bits / 4294967296));
    view.setUint32(tail.length - 4, bits >>> 0);
    this.update(tail);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #flush(): void {
    this.#filled = 0;
    this.#block(this.#pending, 0);
  }

  #schedule(bytes: Uint8Array, at: number): void {
    const w = this.#words;
    for (let t = 0; t < 16; t++, at += 4) {
      w[t] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    }
    for (let t = 16; t < BLOCK; t++) {
      const early = w[t - 15]!;
      const late = w[t - 2]!;
      const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
    }
  }

  #block(bytes: Uint8Array, at: number): void {
    this.#schedule(bytes, at);
    const state = this.#state;
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < BLOCK; t++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[t]! + this.#words[t]!) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = (state[i]! + value) | 0));
  }
}

/** The SHA-256 of some bytes, in hex. */
export function sha256(bytes: Uint8Array): string {
  return new Sha256().update(bytes).hex();
}
