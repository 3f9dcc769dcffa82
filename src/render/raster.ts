/**
 * What is nearest to the eye in each pixel. `nearness` is any number that is linear on the screen and grows towards the
 * eye: 1 / w for a perspective camera, −depth for a parallel one.
 */
export interface Layer {
  readonly width: number;
  readonly height: number;
  /** [height × width]; −Infinity where there is nothing. */
  readonly nearness: Float32Array;
  /** Normal of what is there, [height × width × 3]; not of length 1. Absent in a layer for depth alone. */
  readonly normals?: Float32Array;
  /** The `paint` it was filled with, [height × width]. */
  readonly paints?: Uint32Array;
}

/** An empty layer. @param isDepthAlone without normals and paints: a shadow map */
export function layer(width: number, height: number, isDepthAlone = false): Layer {
  const pixels = width * height;
  const nearness = new Float32Array(pixels).fill(-Infinity);
  if (isDepthAlone) return { width, height, nearness };
  return { width, height, nearness, normals: new Float32Array(3 * pixels), paints: new Uint32Array(pixels) };
}

/** Takes everything out of a layer. */
export function clear({ nearness }: Layer): void {
  nearness.fill(-Infinity);
}

/** Corners as rows of numbers: x and y on the screen in pixels, y downwards, then nearness. */
export const CORNER = 3;

/**
 * Fills a triangle into a layer where nothing nearer is there. One that turns its back (its corners run clockwise on
 * the screen, where y points down) is left out.
 *
 * @param corners rows of `CORNER` numbers
 * @param normals rows of 3 numbers, one for each row of `corners`
 * @param a,b,c rows of the three corners
 * @param paint what to write into `paints`
 */
export function fillTriangle(
  { width, height, nearness, normals: normalLayer, paints }: Layer,
  corners: Float32Array,
  normals: Float32Array,
  a: number,
  b: number,
  c: number,
  paint: number,
): void {
  const ax = corners[CORNER * a];
  const ay = corners[CORNER * a + 1];
  const bx = corners[CORNER * b];
  const by = corners[CORNER * b + 1];
  const cx = corners[CORNER * c];
  const cy = corners[CORNER * c + 1];
  const area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay);
  if (!(area > 0)) return;
  const an = corners[CORNER * a + 2];
  const bn = corners[CORNER * b + 2];
  const cn = corners[CORNER * c + 2];
  const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
  const right = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
  const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
  const bottom = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
  for (let row = top; row <= bottom; row++) {
    const y = row + 0.5;
    for (let column = left; column <= right; column++) {
      const x = column + 0.5;
      // Areas of the parts opposite the corners: barycentric coordinates. Both owners of an edge fill its pixels.
      const u = ((cx - bx) * (y - by) - (x - bx) * (cy - by)) / -area;
      const v = ((ax - cx) * (y - cy) - (x - cx) * (ay - cy)) / -area;
      const w = 1 - u - v;
      if (u < 0 || v < 0 || w < 0) continue;
      const pixel = row * width + column;
      const near = u * an + v * bn + w * cn;
      if (near <= nearness[pixel]) continue;
      nearness[pixel] = near;
      if (!normalLayer) continue;
      paints![pixel] = paint;
      for (let i = 0; i < 3; i++) {
        normalLayer[3 * pixel + i] = u * normals[3 * a + i] + v * normals[3 * b + i] + w * normals[3 * c + i];
      }
    }
  }
}
