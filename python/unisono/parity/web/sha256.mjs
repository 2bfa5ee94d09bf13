// SHA-256 of bytes that come in pieces, for places without node:crypto or crypto.subtle, such as worklets.

const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);

// FIPS 180-4: the first 32 bits of the fractional parts of the roots of the first primes. Exact integer roots, no Math.*:
// the library of an engine may round differently.
function root_bits(prime, power) {
  const target = BigInt(prime) << BigInt(32 * power); // floor(p^(1/power) * 2^32)
  let low = 0n;
  for (let bit = 1n << 36n; bit > 0n; bit >>= 1n) if ((low + bit) ** BigInt(power) <= target) low += bit;
  return Number(low & 0xffffffffn) | 0;
}

const K = Int32Array.from(primes, (p) => root_bits(p, 3));
const START = Int32Array.from(primes.slice(0, 8), (p) => root_bits(p, 2));

const rotate = (x, n) => (x >>> n) | (x << (32 - n));

export class Sha256 {
  #state = START.slice();
  #block = new Uint8Array(64);
  #words = new Int32Array(64);
  #filled = 0;
  size = 0;

  update(bytes) {
    this.size += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const n = Math.min(64 - this.#filled, bytes.length - at);
      this.#block.set(bytes.subarray(at, at + n), this.#filled);
      this.#filled += n;
      at += n;
      if (this.#filled === 64) this.#compress();
    }
    return this;
  }

  hex() {
    const bits = this.size * 8;
    const padding = new Uint8Array(((55 - this.#filled + 64) % 64) + 9);
    padding[0] = 0x80;
    new DataView(padding.buffer).setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    new DataView(padding.buffer).setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    return Array.from(this.#state, (x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #compress() {
    const w = this.#words;
    const block = this.#block;
    for (let i = 0; i < 16; i++) {
      w[i] = (block[4 * i] << 24) | (block[4 * i + 1] << 16) | (block[4 * i + 2] << 8) | block[4 * i + 3];
    }
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15];
      const b = w[i - 2];
      const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
      const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = this.#state;
    for (let i = 0; i < 64; i++) {
      const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => (this.#state[i] = (this.#state[i] + x) | 0));
    this.#filled = 0;
  }
}
