import "./jitless.js";
import { bindWithoutEval } from "../envs/mujoco/without-eval.js";

/** Loaded before all else in our own workers, for MuJoCo's bindings as well. */
bindWithoutEval();
