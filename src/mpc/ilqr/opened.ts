import type { DynamicsNet } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import type { TerminalValue } from "../terminal-value.js";
import type { Particles } from "./particles.js";

/** What plans are followed and differentiated in. */
export interface Opened {
  readonly task: Task;
  readonly members: readonly DynamicsNet[];
  readonly particles: Particles;
  /** H */
  readonly horizon: number;
  readonly terminalMargin: number;
  /** V of what lies beyond the horizon, where there is one. */
  readonly value: TerminalValue | undefined;
}
