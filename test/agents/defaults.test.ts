import { describe, expect, test } from "vitest";
import { GAMES } from "../../src/agents/defaults.js";
import { paperSettings } from "../../src/agents/run-settings.js";
import { settingsSchema } from "../../src/agents/settings.js";
import { createTask, taskIds } from "../../src/envs/index.js";

const hopper = createTask("hopper"); // 1000 steps
const pointMass = createTask("point-mass"); // 25 steps

describe("the paper's settings", () => {
  test.each(GAMES)("%s: policy improvement is Table 1's", (algorithm) => {
    expect(paperSettings(algorithm, hopper)).toMatchObject({
      policy: { hidden: [64, 64], initialLogStd: -1 }, // "we initialize the standard deviation as σ = exp(−1)"
      value: { hidden: [128, 128] },
      npg: {
        discount: 0.995,
        gaeLambda: 0.97,
        trajectoriesPerModel: 200,
        rolloutHorizon: 500, // min(env-horizon, 500, termination)
        normalizedStepSize: 0.05,
        intermediateStarts: 0.5, // "starting 50% of synthetic rollouts from intermediate (real-world) rollout states"
      },
    });
    expect(paperSettings(algorithm, pointMass).npg.rolloutHorizon).toBe(25);
  });

  test("PAL-NPG's are Table 2's", () => {
    expect(paperSettings("pal", hopper)).toMatchObject({
      model: { hidden: [512, 512], epochs: 100, batchSize: 200, ensembleSize: 4 },
      data: { bufferSize: 2500, initialSamples: 2500, samplesPerIteration: 1000 }, // min(5 × env-horizon, 1000)
      npg: { steps: 4 },
    });
    expect(paperSettings("pal", pointMass).data.samplesPerIteration).toBe(5 * 25);
  });

  test("MAL-NPG's are Table 3's", () => {
    expect(paperSettings("mal", hopper)).toMatchObject({
      model: { hidden: [512, 512], epochs: 10, batchSize: 200, ensembleSize: 4 },
      data: { bufferSize: null, initialSamples: 5000, samplesPerIteration: 3000 }, // B = ∞, min(20 × env-horizon, 3000)
      npg: { steps: 25 },
    });
    expect(paperSettings("mal", pointMass).data.samplesPerIteration).toBe(20 * 25);
  });

  test("GDA joins the two conservative players: MAL's model and PAL's policy", () => {
    const [gda, pal, mal] = [paperSettings("gda", hopper), paperSettings("pal", hopper), paperSettings("mal", hopper)];
    expect(gda.model).toEqual(mal.model);
    expect(gda.data.bufferSize).toBe(mal.data.bufferSize);
    expect(gda.npg).toEqual(pal.npg);
  });

  test("BR joins the two aggressive ones: PAL's model and MAL's policy", () => {
    const [br, pal, mal] = [paperSettings("br", hopper), paperSettings("pal", hopper), paperSettings("mal", hopper)];
    expect(br.model).toEqual(pal.model);
    expect(br.npg).toEqual(mal.npg);
    expect(paperSettings("br", pointMass).data.bufferSize).toBe(2500);
    expect(br.data).toMatchObject({ samplesPerIteration: 3000, bufferSize: 3000 }); // B ≈ N, and never less
  });

  test.each(GAMES)("%s: what the paper only says in prose", (algorithm) => {
    expect(paperSettings(algorithm, hopper)).toMatchObject({
      // "at-least 10² gradient steps and at-most 10⁵"; "Adam (default parameters)"
      model: {
        minGradientSteps: 100,
        maxGradientSteps: 100_000,
        learningRate: 0.001,
        loss: "raw",
        centerDelta: false,
        scale: "std",
        warmStart: true,
      },
      policy: { inputs: "raw", minLogStd: null },
      npg: { maxKl: null, entropyCoefficient: 0 },
    });
  });

  test.each(taskIds())("%s: they are valid settings, for every algorithm", (id) => {
    for (const algorithm of GAMES) {
      const settings = paperSettings(algorithm, createTask(id));
      expect(settingsSchema.parse(settings)).toEqual(settings);
    }
  });
});
