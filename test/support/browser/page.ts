import * as fc from "fast-check";
import { openWebCompute } from "../../../src/compute/engine-web.js";
import { seeded } from "../../../src/random/rng.js";
import { errorOn, SAMPLES } from "../agreement.js";
import { differentiated } from "../differentiated.js";
import { OPERATOR_CASES } from "../operator-cases.js";
import { loopPrograms } from "../programs.js";

/** How far the engine in this page is from the reference in this page. */
export interface Report {
  readonly provider: string;
  /** Largest relative error of each operator case. */
  readonly operators: Readonly<Record<string, number>>;
  /** And of each program with loops. */
  readonly programs: Readonly<Record<string, number>>;
}

async function report(): Promise<Report> {
  const compute = await openWebCompute();
  const engine = compute.engines[0];
  const operators: Record<string, number> = {};
  for (const { title, samples } of OPERATOR_CASES) {
    const errors = [];
    for (const sample of fc.sample(samples, SAMPLES)) {
      const { graph, feeds } = differentiated(sample);
      errors.push(await errorOn(engine, graph, feeds));
    }
    operators[title] = Math.max(...errors);
  }
  const programs: Record<string, number> = {};
  for (const { title, graph, feeds } of loopPrograms(seeded(1))) programs[title] = await errorOn(engine, graph, feeds);
  await compute.close();
  return { provider: compute.provider, operators, programs };
}

declare global {
  interface Window {
    report: () => Promise<Report>;
  }
}
window.report = report;
