import { expect, test } from "vitest";
import { drawPlanes, type PlanePanel } from "../../src/runs/figure-plane.js";

const panel = (changes: Partial<PlanePanel>): PlanePanel => ({
  title: "a < b",
  subtitle: "",
  x: { label: "x", scale: "linear", domain: [0, 1] },
  y: { label: "y", scale: "linear", domain: [0, 1] },
  curves: [],
  marks: [],
  ...changes,
});
const path = (points: readonly (readonly [number, number])[]) => ({
  label: "path",
  color: "#123456",
  points,
  style: "steps" as const,
});

test("a path that runs away is cut where it leaves the frame, and drawn again where it comes back", () => {
  const there = drawPlanes([panel({ curves: [path([[0.5, 0.5], [1e6, 0.5], [0.5, 0.25]])] })]); // biome-ignore format: one path
  const pieces = [
    ...there.slice(there.indexOf('stroke="#123456"')).matchAll(/d="M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)"/g),
  ].map((found) => found.slice(1).map(Number));
  expect(pieces).toHaveLength(2);
  for (const piece of pieces) for (const x of [piece[0], piece[2]]) expect(x).toBeLessThanOrEqual(640);
  expect(pieces[0][2]).toBeCloseTo(pieces[1][0], 6); // both at the right edge
});

test("logarithmic axes have a label at each power of ten, and names are escaped", () => {
  const x = { label: "x", scale: "log", domain: [1e-3, 10] } as const;
  const svg = drawPlanes([panel({ x, curves: [{ ...path([[0.01, 0.1], [1, 0.9]]), label: "p < q", style: "line" }] })]); // biome-ignore format: one path
  for (const label of ["10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹"]) expect(svg).toContain(`>${label}<`);
  expect(svg).toContain("p &lt; q");
});
