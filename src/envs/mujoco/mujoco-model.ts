import loadModule, { type MainModule, type MjModel } from "@mujoco/mujoco";
import { WorldError } from "../../errors/errors.js";
import type { Perturbation } from "../../mdp/task.js";
import { checkSize } from "./model-size.js";
import type { MujocoTaskSpec } from "./mujoco-task.js";
import { perturbModel } from "./perturbation.js";
import { bindWithoutEval } from "./without-eval.js";

let loading: Promise<MainModule> | undefined;

/** The MuJoCo engine (WebAssembly), loaded on the first call; about 0.1 s. Works in Node and in the browser. */
export function loadMujoco(): Promise<MainModule> {
  loading ??= loadModule().catch((error: unknown) => {
    if (!(error instanceof EvalError)) throw error;
    bindWithoutEval(); // the page's policy lets no code be made of text
    return loadModule();
  });
  return loading;
}

/** Compiled models by source, shared by all worlds of the process: worlds read them and never write. */
const models = new Map<string, MjModel>();

/**
 * The compiled model of an MJCF text; the same text and factors give the same object, which is never freed.
 *
 * @param perturbation factors on quantities of the model
 * @throws {WorldError} where the text does not compile
 * @throws {ConfigError} where a factor is not valid, or the model has nothing of its quantity
 */
export async function compileModel(where: string, mjcf: string, perturbation: Perturbation = {}): Promise<MjModel> {
  const mujoco = await loadMujoco(); // first: whoever asks meanwhile must find what is compiled here
  const key = Object.keys(perturbation).length === 0 ? mjcf : `${JSON.stringify(perturbation)}\n${mjcf}`;
  const shared = models.get(key) ?? newModel(mujoco, where, mjcf, perturbation);
  models.set(key, shared);
  return shared;
}

/**
 * The model of a spec: shared, or with `ownModel` the caller's own.
 *
 * @throws {WorldError} where it does not compile
 * @throws {ConfigError} where a factor is not valid, or the model has nothing of its quantity
 */
export async function modelOf({ id, mjcf, ownModel = false, perturbation = {} }: MujocoTaskSpec): Promise<MjModel> {
  return ownModel ? newModel(await loadMujoco(), id, mjcf, perturbation) : compileModel(id, mjcf, perturbation);
}

/** An engine that has crashed cannot be used again: the next model gets another. */
function forgetEngine(): void {
  loading = undefined;
  models.clear();
}

/** A model that is the caller's own, to change and to delete. */
function newModel(mujoco: MainModule, where: string, mjcf: string, perturbation: Perturbation): MjModel {
  checkSize(where, mjcf);
  let model: MjModel;
  try {
    model = mujoco.MjModel.from_xml_string(mjcf);
  } catch (cause) {
    if (cause instanceof Error && cause.name === "RuntimeError") forgetEngine(); // of WebAssembly
    const reason = (cause instanceof Error ? cause.message : String(cause)).trim().replace(/\s*\n\s*/g, ", ");
    throw new WorldError(where, `the model does not compile: ${reason}`, "Correct the MJCF source", { cause });
  }
  // Or the engine would put a state that blows up back to the start, with a warning nobody sees.
  model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value;
  try {
    perturbModel(mujoco, where, model, perturbation);
    return model;
  } catch (error) {
    model.delete();
    throw error;
  }
}
