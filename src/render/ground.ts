import { BufferAttribute, BufferGeometry, type Vector3 } from "three";

/** What the two kinds of squares make of a plane's own colour. */
export const SHADES = [0.86, 0.7] as const;
/** Squares from the middle of the patch to its edge. */
const REACH = 48;

/** The size of a square that suits a camera so far away: 1, 2 or 5 times a power of ten, m. */
export function squareSize(cameraDistance: number): number {
  const wanted = cameraDistance / 6;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * (wanted / power >= 5 ? 5 : wanted / power >= 2 ? 2 : 1);
}

/** Whether a plane of these half-extents is larger than the patch that is drawn of it. */
export function isEndless([x, y]: readonly number[], square: number): boolean {
  return [x, y].every((half) => half === 0 || half > REACH * square);
}

/**
 * The squares of one shade of a chequered patch of a plane, in the plane's frame (normal along z): as much of it as
 * there is within `REACH` squares around the origin. A plane without end is a patch that goes along with the camera.
 *
 * @param half half-extents of the plane, m; 0 where it has no end
 * @param parity 0 for every other square, 1 for those between
 */
export function squares(half: readonly [number, number], square: number, parity: 0 | 1): BufferGeometry {
  const corners: number[] = [];
  const reach = REACH * square;
  const [x, y] = [half[0] > 0 ? Math.min(half[0], reach) : reach, half[1] > 0 ? Math.min(half[1], reach) : reach];
  for (let i = Math.floor(-x / square); i * square < x; i++) {
    for (let j = Math.floor(-y / square); j * square < y; j++) {
      if (Math.abs(i + j) % 2 !== parity) continue;
      const [west, east] = [Math.max(i * square, -x), Math.min((i + 1) * square, x)];
      const [south, north] = [Math.max(j * square, -y), Math.min((j + 1) * square, y)];
      corners.push(west, south, 0, east, south, 0, east, north, 0, west, south, 0, east, north, 0, west, north, 0);
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(Float32Array.from(corners), 3));
  const up = Float32Array.from(corners, (_, i) => (i % 3 === 2 ? 1 : 0));
  return geometry.setAttribute("normal", new BufferAttribute(up, 3));
}

/** The whole double squares nearest to a point of the plane, so that a patch that is moved there looks as if it stood still. */
export function snapped(point: Vector3, square: number): Vector3 {
  return point.set(2 * square * Math.round(point.x / (2 * square)), 2 * square * Math.round(point.y / (2 * square)), 0);
}
