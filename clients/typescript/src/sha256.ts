const PRIMES: number[] = [];
for (let candidate = 2; PRIMES.length < 64; candidate++) {
  if (PRIMES.every((prime) => candidate % prime)) PRIMES.push(candidate);
}
/** The first 32 bits of the fraction. */
const fraction = (x: number): number => ((x - Math.floor(x)) * 2 ** 32) | 0;
const K = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

const rotate = (x: number, bits: number): number => (x >>> bits) | (x << (32 - bits));

/** SHA-256 in hexadecimal. The browser's own is asynchronous, and missing on pages without TLS. */
export function sha256(text: string): string {
  const message = padded(new TextEncoder().encode(text));
  let state = START;
  for (let block = 0; block < message.byteLength; block += 64) {
    state = compressed(state, message, block);
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function padded(bytes: Uint8Array): DataView {
  const whole = new Uint8Array(((bytes.length + 8) >> 6 << 6) + 64);
  whole.set(bytes);
  whole[bytes.length] = 0x80;
  const view = new DataView(whole.buffer);
  view.setUint32(whole.length - 4, bytes.length * 8);
  return view;
}

function compressed(state: number[], message: DataView, block: number): number[] {
  const w: number[] = [];
  const [...r] = state as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    w[i] = i < 16 ? message.getInt32(block + 4 * i) : scheduled(w, i);
    const [a, b, c, , e, f, g, h] = r;
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    r.pop();
    r.unshift((t1 + t2) | 0);
    r[4] = (r[4] + t1) | 0;
  }
  return state.map((word, i) => (word + r[i]!) | 0);
}

function scheduled(w: number[], i: number): number {
  const x = w[i - 15]!;
  const y = w[i - 2]!;
  const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
  const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
  return (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
}
