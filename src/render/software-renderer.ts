import { Matrix3, Matrix4, Mesh, type MeshStandardMaterial, type PerspectiveCamera, Vector3 } from "three";
import { CORNER, clear, fillTriangle, type Layer, layer } from "./raster.js";
import { type Paint, shader } from "./shading.js";
import type { SceneLights, SceneObjects } from "./three-scene.js";

/** Each pixel of a picture is the mean of so many by so many. */
const SAMPLES = 2;
/** Pixels of the shadow map along each side. */
const SHADOWS = 1024;

/** How strongly a perfectly smooth surface shines back at the eye; a rough one does not. */
const GLOSS = 0.2;

/** Draws scenes without a graphics card. */
export interface SoftwareRenderer {
  readonly width: number;
  readonly height: number;
  /** The picture as RGBA, [height × width × 4], opaque; a fresh array. */
  draw(objects: SceneObjects, camera: PerspectiveCamera, lights: SceneLights): Uint8Array;
}

/**
 * A renderer with a depth buffer, diffuse light from `SceneLights` with the sun's shadows, and haze; SAMPLES² samples a
 * pixel. It knows what `sceneObjects` makes, no more: meshes with normals, of one colour.
 * Of things one can see through, the nearest in each pixel is drawn. Triangles that reach behind the eye are left out.
 */
export function softwareRenderer(width: number, height: number): SoftwareRenderer {
  const [columns, rows] = [width * SAMPLES, height * SAMPLES];
  const solid = layer(columns, rows);
  const glass = layer(columns, rows);
  const shadow = layer(SHADOWS, SHADOWS, true);
  return {
    width,
    height,
    draw({ root }, camera, lights) {
      root.updateMatrixWorld(true);
      for (const each of [solid, glass, shadow]) clear(each);
      const paints: Paint[] = [];
      const view = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
      const sunView = sunMatrix(lights);
      root.traverse((object) => {
        if (!(object instanceof Mesh)) return;
        drawMesh(object, object.material.transparent ? glass : solid, view, true, paints);
        if (object.castShadow) drawMesh(object, shadow, sunView, false, paints);
      });
      const shade = shader(camera, lights, { map: shadow, view: sunView }, paints);
      const color = new Float32Array(3);
      const picture = new Uint8Array(4 * width * height);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          color.fill(0);
          for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
            const y = row * SAMPLES + Math.floor(sample / SAMPLES);
            const x = column * SAMPLES + (sample % SAMPLES);
            shade(solid, glass, x, y, color);
          }
          const at = 4 * (row * width + column);
          for (let i = 0; i < 3; i++) picture[at + i] = toByte(color[i] / (SAMPLES * SAMPLES));
          picture[at + 3] = 255;
        }
      }
      return picture;
    },
  };
}

/** Linear light, 0…1, as an sRGB byte. */
function toByte(linear: number): number {
  return BYTES[Math.min(BYTES.length - 1, Math.max(0, Math.round(linear * (BYTES.length - 1))))];
}
const BYTES = Uint8Array.from({ length: 4096 }, (_, i) => {
  const x = i / 4095;
  return Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
});

/** Parallel view from the sun onto `reach` m around its target: x, y in −1…1, z growing towards the sun, m. */
function sunMatrix({ sun, reach }: SceneLights): Matrix4 {
  const target = sun.target.position;
  const axes = new Matrix4().lookAt(sun.position, target, new Vector3(0, 0, 1)).transpose();
  const moved = axes.multiply(new Matrix4().makeTranslation(-target.x, -target.y, -target.z));
  return new Matrix4().makeScale(1 / reach, 1 / reach, 1).multiply(moved);
}

/** Fills a mesh's triangles into a layer. */
function drawMesh(mesh: Mesh, into: Layer, view: Matrix4, isPerspective: boolean, paints: Paint[]): void {
  const { geometry, matrixWorld } = mesh;
  const position = geometry.getAttribute("position");
  const normal = geometry.getAttribute("normal");
  if (!position) return;
  const material = mesh.material as MeshStandardMaterial;
  const turn = new Matrix3().getNormalMatrix(matrixWorld);
  const m = new Matrix4().multiplyMatrices(view, matrixWorld).elements;
  const corners = new Float32Array(CORNER * position.count);
  const normals = new Float32Array(3 * position.count);
  const v = new Vector3();
  for (let i = 0; i < position.count; i++) {
    v.fromBufferAttribute(position, i);
    const w = isPerspective ? m[3] * v.x + m[7] * v.y + m[11] * v.z + m[15] : 1;
    const x = (m[0] * v.x + m[4] * v.y + m[8] * v.z + m[12]) / w;
    const y = (m[1] * v.x + m[5] * v.y + m[9] * v.z + m[13]) / w;
    const depth = m[2] * v.x + m[6] * v.y + m[10] * v.z + m[14];
    corners[CORNER * i] = ((x + 1) / 2) * into.width;
    corners[CORNER * i + 1] = ((1 - y) / 2) * into.height;
    corners[CORNER * i + 2] = isPerspective ? 1 / w : depth;
    v.fromBufferAttribute(normal, i)
      .applyMatrix3(turn)
      .normalize()
      .toArray(normals, 3 * i);
  }
  const { r, g, b } = material.color;
  const paint = paints.push({ r, g, b, gloss: GLOSS * (1 - material.roughness), opacity: material.opacity }) - 1;
  const { index } = geometry;
  const count = index?.count ?? position.count;
  for (let i = 0; i < count; i += 3) {
    const one = index ? index.getX(i) : i;
    const two = index ? index.getX(i + 1) : i + 1;
    const three = index ? index.getX(i + 2) : i + 2;
    if (isPerspective && !(isAhead(corners, one) && isAhead(corners, two) && isAhead(corners, three))) continue;
    fillTriangle(into, corners, normals, one, two, three, paint);
  }
}

/** Whether a corner is on the far side of the eye. */
function isAhead(corners: Float32Array, corner: number): boolean {
  return corners[CORNER * corner + 2] > 0;
}
