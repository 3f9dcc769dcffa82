import { deflateSync } from "node:zlib";
import CRC32 from "crc-32";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const BITS = 8;
const TRUE_COLOR = 2;
const PAETH = 4;

/**
 * A picture as PNG. The format's Paeth filter for every row: in smooth pictures it leaves least to pack.
 *
 * @param rgba [height × width × 4]; opacity is not kept
 */
export function pngOf(rgba: Uint8Array, width: number, height: number): Uint8Array {
  const row = 3 * width + 1;
  const filtered = new Uint8Array(row * height);
  const at = (x: number, y: number, i: number) => (x < 0 || y < 0 ? 0 : rgba[4 * (y * width + x) + i]);
  for (let y = 0; y < height; y++) {
    filtered[y * row] = PAETH;
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < 3; i++) {
        const guess = paeth(at(x - 1, y, i), at(x, y - 1, i), at(x - 1, y - 1, i));
        filtered[y * row + 1 + 3 * x + i] = at(x, y, i) - guess; // modulo 256
      }
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = BITS;
  head[9] = TRUE_COLOR;
  return Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(filtered, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Whichever of left, above and above left is nearest to left + above − above left; the first of those equally near. */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Length, name, content, checksum of name and content. */
function chunk(name: string, content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(name, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeInt32BE(CRC32.buf(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}
