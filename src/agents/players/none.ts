import type { NoModel } from "../../mdp/parametric.js";
import type { ModelKind, ModelPlayer } from "../player.js";

const NO_MODEL: NoModel = { members: [], seenSamples: 0 };

/** Nobody: what a model-free policy player sits beside. Its state is null, and a fit does nothing. */
const nobody: ModelPlayer<null, NoModel> = {
  mayNotFit: true,
  initial: () => null,
  view: () => NO_MODEL,
  fit: async () => ({ model: null, report: null }),
  keep: () => ({ tensors: {}, meta: {}, adamSteps: {} }),
  recall: () => null,
};

/** No model player: the data D are the only model of the world. */
export const noneKind: ModelKind<null, NoModel, Record<never, never>> = {
  title: "nobody: the data are the only model",
  modelFree: true,
  groups: {},
  paper: () => ({}),
  open: () => nobody,
};
