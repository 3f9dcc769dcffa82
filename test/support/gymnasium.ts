import { execFileSync } from "node:child_process";
import { PYTHON } from "../../src/bridges/gym/gym-server.js";

/** The interpreter that tests use. */
export const python = process.env[PYTHON] || "python3";

/** Whether it can import Gymnasium. */
export const hasGymnasium = (() => {
  try {
    execFileSync(python, ["-c", "import gymnasium.envs.classic_control"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
