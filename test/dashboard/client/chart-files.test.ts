import { expect, test } from "vitest";
import { chartCsv } from "../../../src/dashboard/client/chart-files.js";
import { coincide } from "../../../src/dashboard/client/poses.js";
import { smoothed } from "../../../src/dashboard/client/smoothed.js";
import { curvesSvg } from "../../../src/dashboard/client/svg.js";

test("smoothing is the mean of the last numbers, and what is none stays none", () => {
  expect([...Array.from(smoothed([1, 3, Number.NaN, 5, 7], 2))]).toEqual([1, 2, NaN, 4, 6]);
  const y = [1, 2];
  expect(smoothed(y, 1)).toBe(y);
});

test("a plot as CSV has a row for each place, and an empty cell where there is no number", () => {
  const curves = [
    { label: 'a "b"', color: "ink", y: [1, Number.NaN] },
    { label: "c", color: "ink", y: [2.5, 3] },
  ];
  expect(chartCsv({ x: [10, 20], xLabel: "real samples", curves })).toBe(
    '"real samples","a ""b""","c"\n10,1,2.5\n20,,3\n',
  );
});

test("a plot as SVG draws no point that is none, on a log axis none at or below zero, and has both titles", () => {
  const curve = { label: "<loss>", color: "#123456", x: [0, 1, 2, 3], y: [-1, 10, Number.NaN, 1000] };
  const svg = curvesSvg({ title: "t", xLabel: "iteration", yLabel: "loss", curves: [curve], log: true });
  const points = /<polyline points="([^"]*)"/.exec(svg)![1].split(" ");
  expect(points).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  for (const text of [">iteration<", ">loss<", "&lt;loss&gt;"]) expect(svg).toContain(text);
  expect(curvesSvg({ title: "t", xLabel: "x", yLabel: "y", curves: [] })).not.toMatch(/NaN|Infinity/);
});

test("poses coincide where no eye could tell them apart", () => {
  expect(coincide([0, 0, 1], [0.001, 0, 1])).toBe(true);
  expect(coincide([0, 0, 1], [0.01, 0, 1])).toBe(false);
});
