import { deflateSync } from "node:zlib";
import CRC32 from "crc-32";
import gifenc from "gifenc";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const PALETTE_COLOR = 3;

/**
 * A picture as PNG of at most 256 colours, which is about half the size of one that keeps them all.
 *
 * @param rgba [height × width × 4], opaque
 */
export function toPalettePng(rgba: Uint8Array, width: number, height: number): Uint8Array {
  const palette = gifenc.quantize(rgba, 256);
  const pixels = gifenc.applyPalette(rgba, palette);
  const rows = new Uint8Array((width + 1) * height); // each row begins with its filter: 0, none
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const head = new DataView(new ArrayBuffer(13));
  head.setUint32(0, width);
  head.setUint32(4, height);
  head.setUint8(8, 8); // bits per pixel
  head.setUint8(9, PALETTE_COLOR);
  return Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk("IHDR", new Uint8Array(head.buffer)),
    chunk("PLTE", Uint8Array.from(palette.flat())),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ]);
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
