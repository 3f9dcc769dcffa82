import type { MainModule, MjData, MjModel } from "@mujoco/mujoco";
import type { Contact } from "../../mdp/scene.js";

/** Contacts of the last physics step with the force that each carries there; those that its solver left out are none. */
export function contactsOf(mujoco: MainModule, model: MjModel, data: MjData): readonly Contact[] {
  const found: Contact[] = [];
  const wrench = new mujoco.DoubleBuffer(6); // force and torque in the frame of the contact
  const contacts = data.contact;
  for (let i = 0; i < data.ncon; i++) {
    const contact = contacts.get(i);
    if (contact === undefined) continue;
    if (contact.efc_address >= 0) {
      mujoco.mj_contactForce(model, data, i, wrench);
      const local = wrench.GetView() as Float64Array;
      // Rows of the frame are its axes in the world; the first is the normal, from the first solid to the second.
      const frame = contact.frame as Float64Array;
      const along = (axis: number) => local[0] * frame[axis] + local[1] * frame[3 + axis] + local[2] * frame[6 + axis];
      const [x, y, z] = contact.pos as Float64Array;
      found.push({ position: [x, y, z], force: [along(0), along(1), along(2)] });
    }
    contact.delete();
  }
  contacts.delete();
  wrench.delete();
  return found;
}

/** Weight of all that the model moves, N; of its masses alone where there is no gravity. */
export function weightOf(model: MjModel): number {
  const gravity = Math.hypot(...(model.opt.gravity as Float64Array));
  return (model.body_subtreemass as Float64Array)[0] * (gravity || 9.81);
}
