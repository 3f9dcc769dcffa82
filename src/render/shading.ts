import { type Matrix4, type PerspectiveCamera, Vector3 } from "three";
import type { Layer } from "./raster.js";
import type { SceneLights } from "./three-scene.js";

/** How a triangle is painted: linear colour, strength of the highlight, and opacity. */
export interface Paint {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly gloss: number;
  readonly opacity: number;
}

/** What the sun sees: nearness to it, and the view in which it was drawn (x, y in −1…1, z towards the sun in m). */
export interface Shadow {
  readonly map: Layer;
  readonly view: Matrix4;
}

/** Points this far towards the light are asked for, in pixels of the shadow map, so that no surface shades itself. */
const BIAS = 1.5;

/**
 * Adds the light that comes from the nearest solid surface in one sample of the screen, and from the nearest surface in
 * front of it that one can see through, to `color`, [3]; the background's where there is nothing. Diffuse light as
 * three's standard material has it for a rough surface, a highlight, and haze over the distance.
 */
export function shader(
  camera: PerspectiveCamera,
  { sky, sun, reach, haze }: SceneLights,
  { map, view }: Shadow,
  paints: readonly Paint[],
): (solid: Layer, glass: Layer, x: number, y: number, color: Float32Array) => void {
  const [right, up, back] = [new Vector3(), new Vector3(), new Vector3()];
  camera.matrixWorld.extractBasis(right, up, back);
  const tangent = Math.tan((camera.fov * Math.PI) / 360);
  const eye = camera.position;
  const toSun = sun.position.clone().sub(sun.target.position).normalize();
  const [sunLight, skyLight, groundLight] = [
    sun.color.clone().multiplyScalar(sun.intensity / Math.PI),
    sky.color.clone().multiplyScalar(sky.intensity / Math.PI),
    sky.groundColor.clone().multiplyScalar(sky.intensity / Math.PI),
  ];
  const bias = (BIAS * 2 * reach) / map.width;
  const v = view.elements;

  /** Share of the sun that reaches a point, 0…1: the mean over nine pixels of the shadow map, which makes its edges soft. */
  const sunlit = (x: number, y: number, z: number): number => {
    const column = Math.floor(((v[0] * x + v[4] * y + v[8] * z + v[12] + 1) / 2) * map.width);
    const row = Math.floor(((1 - (v[1] * x + v[5] * y + v[9] * z + v[13])) / 2) * map.height);
    if (column < 1 || row < 1 || column >= map.width - 1 || row >= map.height - 1) return 1;
    const near = v[2] * x + v[6] * y + v[10] * z + v[14] + bias;
    let lit = 0;
    for (let j = row - 1; j <= row + 1; j++) {
      for (let i = column - 1; i <= column + 1; i++) if (map.nearness[j * map.width + i] <= near) lit++;
    }
    return lit / 9;
  };

  const addSurface = (from: Layer, x: number, y: number, share: number, color: Float32Array): void => {
    const at = y * from.width + x;
    const depth = 1 / from.nearness[at];
    const sideways = ((2 * (x + 0.5)) / from.width - 1) * tangent * camera.aspect;
    const upwards = (1 - (2 * (y + 0.5)) / from.height) * tangent;
    // From the eye to the surface.
    const rx = depth * (sideways * right.x + upwards * up.x - back.x);
    const ry = depth * (sideways * right.y + upwards * up.y - back.y);
    const rz = depth * (sideways * right.z + upwards * up.z - back.z);
    let nx = from.normals![3 * at];
    let ny = from.normals![3 * at + 1];
    let nz = from.normals![3 * at + 2];
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
    nx /= length;
    ny /= length;
    nz /= length;
    const facing = nx * toSun.x + ny * toSun.y + nz * toSun.z;
    const direct =
      facing > 0 ? facing * sunlit(eye.x + rx + bias * nx, eye.y + ry + bias * ny, eye.z + rz + bias * nz) : 0;
    const paint = paints[from.paints![at]];
    let shine = 0;
    if (paint.gloss > 0 && direct > 0) {
      const range = Math.sqrt(rx * rx + ry * ry + rz * rz);
      const hx = toSun.x - rx / range;
      const hy = toSun.y - ry / range;
      const hz = toSun.z - rz / range;
      const half = (nx * hx + ny * hy + nz * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
      shine = paint.gloss * direct * Math.max(0, half) ** 24;
    }
    const above = (nz + 1) / 2;
    const clear = share * (1 - Math.min(1, Math.max(0, (depth - haze.near) / (haze.far - haze.near))));
    const dim = share - clear;
    const below = 1 - above;
    const red = direct * sunLight.r + above * skyLight.r + below * groundLight.r;
    const green = direct * sunLight.g + above * skyLight.g + below * groundLight.g;
    const blue = direct * sunLight.b + above * skyLight.b + below * groundLight.b;
    color[0] += clear * (paint.r * red + shine) + dim * haze.color.r;
    color[1] += clear * (paint.g * green + shine) + dim * haze.color.g;
    color[2] += clear * (paint.b * blue + shine) + dim * haze.color.b;
  };

  return (solid, glass, x, y, color) => {
    const at = y * solid.width + x;
    let share = 1;
    if (glass.nearness[at] > solid.nearness[at]) {
      const { opacity } = paints[glass.paints![at]];
      addSurface(glass, x, y, opacity, color);
      share -= opacity;
    }
    if (solid.nearness[at] > 0) {
      addSurface(solid, x, y, share, color);
      return;
    }
    color[0] += share * haze.color.r;
    color[1] += share * haze.color.g;
    color[2] += share * haze.color.b;
  };
}
