import { expect, test } from "vitest";
import { withInputs } from "../../src/policy/rescaled-inputs.js";
import { plainMean } from "../support/plain-networks.js";
import { normals, rowOf, somePolicy } from "../support/some-policy.js";

test.each([[[6, 5]], [[]]])(
  "a network of layers %j says the same of every observation in other units for its inputs",
  (hidden) => {
    const policy = somePolicy({ observationSize: 3, hidden, actionSize: 2 }, 1);
    const to = { shift: Float32Array.of(2, -1, 0.3), factor: Float32Array.of(0.2, 3, 1) };
    const before = policy.parameters.slice();
    const [width] = [...hidden, 2];
    const other = { ...policy, parameters: withInputs(policy.parameters, width, policy.inputs, to), inputs: to };
    expect(policy.parameters).toEqual(before);
    const states = normals(3 * 20, 2);
    for (let i = 0; i < 20; i++) {
      const [own, changed] = [policy, other].map((each) => plainMean(each, rowOf(states, 3, i)));
      own.forEach((u, j) => {
        expect(changed[j]).toBeCloseTo(u, 4); // weights are rounded to float32
      });
    }
  },
);
