import type { RunIdentity } from "./protocol.js";

/** What a player is in a game. */
export type Role = "leader" | "follower" | "simultaneous";

/** Who moves first, and what follows from it (section 4 of the paper). */
export interface Roles {
  readonly policy: Role | null;
  readonly model: Role | null;
  /** The game in a sentence. */
  readonly about: string;
}

const FAR = {
  aggressive: { one: "answers in full", both: "answer in full" },
  conservative: { one: "moves a little", both: "move a little" },
} as const;

/** The roles of both players, from who leads and how far each side goes; null where there is no model, and so no game. */
export function rolesOf({ leader, sides, alone = false }: RunIdentity["way"]): Roles {
  if (alone) return { policy: null, model: null, about: "No model: the policy learns from real samples alone." };
  const [policy, model] = [`the policy ${FAR[sides.policy].one}`, `the model ${FAR[sides.model].one}`];
  if (leader === "policy")
    return { policy: "leader", model: "follower", about: `Policy as leader: ${model}, then ${policy}.` };
  if (leader === "model")
    return { policy: "follower", model: "leader", about: `Model as leader: ${policy}, then ${model}.` };
  const how =
    sides.policy === sides.model
      ? `Both ${FAR[sides.policy].both}, at the same time`
      : `At the same time, ${policy} and ${model}`;
  return { policy: "simultaneous", model: "simultaneous", about: `${how}; nobody leads.` };
}
