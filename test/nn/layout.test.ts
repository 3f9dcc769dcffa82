import * as fc from "fast-check";
import { expect, test } from "vitest";
import { flatten, layout, layoutInputs, layoutOutputs, networksSideBySide, unflatten } from "../../src/nn/layout.js";

const layouts = fc
  .array(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }), { minLength: 1, maxLength: 5 })
  .map((shapes) => layout(shapes.map((shape, i) => ({ name: `t${i}`, shape }))));

test("a flat vector cut into tensors and put together again is the same vector", () =>
  fc.assert(
    fc.property(layouts, (parts) => {
      const flat = Float32Array.from({ length: parts.size }, (_, i) => i + 0.5);
      const tensors = unflatten(parts, "x", flat);
      expect(flatten(parts, "x", tensors)).toEqual(flat);
      for (const { name, shape } of parts.tensors) {
        const { data } = tensors[`x.${name}`];
        expect(tensors[`x.${name}`].shape).toEqual(shape);
        expect(data).toHaveLength(shape.reduce((product, length) => product * length, 1));
        expect(data.buffer).toBe(flat.buffer); // views: nothing is copied
      }
    }),
  ));

test("tensors lie in the order of the layout, one after the other", () => {
  const parts = layout([
    { name: "weight", shape: [2, 2] },
    { name: "bias", shape: [2] },
  ]);
  const tensors = unflatten(parts, "x", Float32Array.of(1, 2, 3, 4, 5, 6));
  expect(tensors["x.weight"].data).toEqual(Float32Array.of(1, 2, 3, 4));
  expect(tensors["x.bias"].data).toEqual(Float32Array.of(5, 6));
});

test("networks side by side: each tensor of all of them, then the next", () => {
  const parts = layout([
    { name: "weight", shape: [2] },
    { name: "bias", shape: [1] },
  ]);
  const networks = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)];
  expect(networksSideBySide(parts, networks)).toEqual(Float32Array.of(1, 2, 4, 5, 3, 6));
});

test("a vector put together does not share memory with the results it came from", () => {
  const parts = layout([{ name: "a", shape: [2] }]);
  const result = Float32Array.of(1, 2);
  const flat = flatten(parts, "x", { "x.a": { shape: [2], data: result } });
  result[0] = 9;
  expect(flat).toEqual(Float32Array.of(1, 2));
});

test("a graph's inputs and outputs carry the names that tensors are fed and read by", () => {
  const parts = layout([
    { name: "weight", shape: [3, 2] },
    { name: "bias", shape: [2] },
  ]);
  const inputs = layoutInputs(parts, "old");
  expect(inputs.map(({ attributes, shape }) => [attributes.name, shape])).toEqual([
    ["old.weight", [3, 2]],
    ["old.bias", [2]],
  ]);
  expect(layoutOutputs(parts, "new", inputs)).toEqual({ "new.weight": inputs[0], "new.bias": inputs[1] });
});
