/** A film as it would be shown: size, how long each frame stays (hundredths of a second), and its colours as RGB. */
export interface ReadGif {
  readonly width: number;
  readonly height: number;
  readonly stays: readonly number[];
  readonly frames: readonly Uint8Array[];
}

/** Reads the animated GIFs that `toGif` writes: one palette, whole frames, transparent pixels keep what was there. */
export function readGif(bytes: Uint8Array): ReadGif {
  const word = (at: number) => bytes[at] + 256 * bytes[at + 1];
  if (String.fromCharCode(...bytes.subarray(0, 6)) !== "GIF89a") throw new Error("no GIF");
  const [width, height] = [word(6), word(8)];
  const colors = 2 << (bytes[10] & 7);
  const palette = bytes.subarray(13, 13 + 3 * colors);
  let at = 13 + 3 * colors;
  const stays: number[] = [];
  const frames: Uint8Array[] = [];
  let shown = new Uint8Array(3 * width * height);
  let transparent = -1;
  const blocks = (): Uint8Array => {
    const parts: number[] = [];
    while (bytes[at] !== 0) {
      parts.push(...bytes.subarray(at + 1, at + 1 + bytes[at]));
      at += bytes[at] + 1;
    }
    at++;
    return Uint8Array.from(parts);
  };
  for (;;) {
    const kind = bytes[at++];
    if (kind === 0x3b) return { width, height, stays, frames };
    if (kind === 0x21) {
      const label = bytes[at++];
      const content = blocks();
      if (label === 0xf9) {
        stays.push(content[1] + 256 * content[2]);
        transparent = content[0] & 1 ? content[3] : -1;
      }
    } else if (kind === 0x2c) {
      at += 9;
      const least = bytes[at++];
      const pixels = unpack(blocks(), least);
      shown = shown.slice();
      pixels.forEach((color, i) => {
        if (color !== transparent) shown.set(palette.subarray(3 * color, 3 * color + 3), 3 * i);
      });
      frames.push(shown);
    } else throw new Error(`unknown block ${kind} at ${at - 1}`);
  }
}

/** LZW as GIF has it. */
function unpack(packed: Uint8Array, least: number): readonly number[] {
  const [restart, end] = [1 << least, (1 << least) + 1];
  let table: (readonly number[])[] = [];
  let size = 0;
  let before: readonly number[] | undefined;
  const out: number[] = [];
  const reset = () => {
    table = Array.from({ length: restart }, (_, i) => [i]);
    table.push([], []);
    size = least + 1;
    before = undefined;
  };
  reset();
  for (let bit = 0; bit + size <= 8 * packed.length; ) {
    let code = 0;
    for (let i = 0; i < size; i++, bit++) code |= ((packed[bit >> 3] >> (bit & 7)) & 1) << i;
    if (code === end) break;
    if (code === restart) {
      reset();
      continue;
    }
    const entry: readonly number[] = table[code] ?? [...before!, before![0]];
    for (const color of entry) out.push(color);
    if (before && table.length < 4096) table.push([...before, entry[0]]);
    if (table.length === 1 << size && size < 12) size++;
    before = entry;
  }
  return out;
}
