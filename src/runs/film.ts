import { createRequire } from "node:module";
import type { Palette } from "gifenc";

// CommonJS in ESM's clothes: Node and bundlers disagree on what its default import would be.
const { applyPalette, GIFEncoder, quantize }: typeof import("gifenc") = createRequire(import.meta.url)("gifenc");

/** Colours of a film, beside the one that stands for "as in the frame before". */
const COLORS = 255;
/** How many frames the colours are chosen from. */
const SAMPLED = 6;

/** Pictures of one size, RGBA, [height × width × 4] each. */
export interface Frames {
  readonly width: number;
  readonly height: number;
  readonly count: number;
  /** Picture i; it may be asked for again. */
  frame(i: number): Promise<Uint8Array> | Uint8Array;
}

/**
 * An animated GIF that begins again at its end. All frames share their colours, and a frame holds only what differs
 * from the one before.
 *
 * @param delays how long each frame stays, hundredths of a second, [count]
 */
export async function toGif({ width, height, count, frame }: Frames, delays: readonly number[]): Promise<Uint8Array> {
  const palette = await sharedPalette({ width, height, count, frame });
  const unchanged = palette.length;
  const encoder = GIFEncoder();
  let before: Uint8Array | undefined;
  for (let i = 0; i < count; i++) {
    const pixels = applyPalette(await frame(i), palette);
    const shown = before ? pixels.map((color, k) => (color === before![k] ? unchanged : color)) : pixels;
    encoder.writeFrame(shown, width, height, {
      ...(i === 0 && { palette: [...palette, [0, 0, 0]] }),
      delay: 10 * delays[i],
      ...(i > 0 && { transparent: true, transparentIndex: unchanged }),
      dispose: 1,
    });
    before = pixels;
  }
  encoder.finish();
  return encoder.bytes();
}

/** Colours for all frames, chosen from some of them. */
async function sharedPalette({ width, height, count, frame }: Frames): Promise<Palette> {
  const chosen = [...new Set(Array.from({ length: SAMPLED }, (_, k) => Math.floor((k * (count - 1)) / (SAMPLED - 1))))];
  const size = 4 * width * height;
  const sample = new Uint8Array(size * chosen.length);
  for (const [k, i] of chosen.entries()) sample.set(await frame(i), k * size);
  return quantize(sample, COLORS);
}
