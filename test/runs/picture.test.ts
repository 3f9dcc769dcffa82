import { inflateSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { pngOf } from "../../src/runs/picture.js";

/** Reads a true-colour PNG: the chunks, then Paeth's filter undone as the standard writes it. */
function readPng(png: Uint8Array): { width: number; height: number; rgb: number[] } {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from("\x89PNG\r\n\x1a\n", "latin1"));
  const chunks: Record<string, Buffer> = {};
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    chunks[bytes.toString("latin1", at + 4, at + 8)] = bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at));
  }
  const [width, height] = [chunks.IHDR.readUInt32BE(0), chunks.IHDR.readUInt32BE(4)];
  expect([...chunks.IHDR.subarray(8)]).toEqual([8, 2, 0, 0, 0]);
  const raw = inflateSync(chunks.IDAT);
  const rgb: number[] = [];
  const at = (x: number, y: number) => (x < 0 || y < 0 ? 0 : rgb[y * 3 * width + x]);
  for (let y = 0; y < height; y++) {
    expect(raw[y * (3 * width + 1)]).toBe(4);
    for (let x = 0; x < 3 * width; x++) {
      const [a, b, c] = [at(x - 3, y), at(x, y - 1), x < 3 ? 0 : at(x - 3, y - 1)];
      const p = a + b - c;
      const nearest = [a, b, c].reduce((best, each) => (Math.abs(p - each) < Math.abs(p - best) ? each : best));
      rgb.push((raw[y * (3 * width + 1) + 1 + x] + nearest) % 256);
    }
  }
  return { width, height, rgb };
}

test("a picture is read back as it was, pixel by pixel", () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.infiniteStream(fc.nat(255)),
      (width, height, stream) => {
        const rgba = Uint8Array.from({ length: 4 * width * height }, () => stream.next().value);
        const rgb = [...rgba].filter((_, i) => i % 4 !== 3);
        expect(readPng(pngOf(rgba, width, height))).toEqual({ width, height, rgb });
      },
    ),
    { numRuns: 40 },
  ));

test("other readers take it, too: resvg draws it", async () => {
  const { Resvg } = await import("@resvg/resvg-js");
  const rgba = Uint8Array.from({ length: 16 }, (_, i) => (i % 4 === 3 ? 255 : 16 * i));
  const uri = `data:image/png;base64,${Buffer.from(pngOf(rgba, 2, 2)).toString("base64")}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><image href="${uri}" width="2" height="2" image-rendering="pixelated"/></svg>`;
  expect([...new Resvg(svg).render().pixels]).toEqual([...rgba]);
});
