import { useRef } from "preact/hooks";
import type { Vector3 } from "three";
import type { LiveWorld } from "./live-world.js";
import type { Grip } from "./stage-view.js";

/** How far the push buttons reach, m, and how long they push, s of the world's time. */
const PUSH = { reach: 0.5, time: 0.25 } as const;
/** The body that is pushed: the first. */
const PUSHED = 1;

/** The reader's hand in a world: it pulls at bodies. @param strength N per m between hand and body */
export function useHand({ view, state, say, follow }: LiveWorld, strength: number) {
  const held = useRef<{ readonly grip: Grip; event: PointerEvent } | null>(null);
  const pull = () => {
    const hand = held.current;
    if (hand === null || view.current === null) return;
    const ends = view.current.reach(hand.grip, hand.event);
    view.current.rope(ends);
    const force = ends.to.clone().sub(ends.from).multiplyScalar(strength);
    say({ kind: "pull", body: hand.grip.body, force: triple(force), point: triple(ends.from) });
  };
  follow.current = pull;
  return {
    take(event: PointerEvent) {
      const grip = view.current?.grip(event) ?? null;
      if (grip === null) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      held.current = { grip, event };
      pull();
    },
    move(event: PointerEvent) {
      if (held.current === null) {
        const canPull = event.pointerType !== "touch" && (view.current?.grip(event) ?? null) !== null;
        (event.currentTarget as HTMLElement).classList.toggle("pullable", canPull);
        return;
      }
      held.current.event = event;
      pull();
    },
    letGo() {
      if (held.current === null) return;
      say({ kind: "pull", body: held.current.grip.body, force: [0, 0, 0], point: [0, 0, 0] });
      held.current = null;
      view.current?.rope(null);
    },
    /** The keyboard's way to interfere. @param side −1 or 1 */
    push(side: number) {
      if (state === null) return;
      const [x, y, z] = state.poses.subarray(7 * PUSHED, 7 * PUSHED + 3);
      const force: [number, number, number] = [side * PUSH.reach * strength, 0, 0];
      say({ kind: "pull", body: PUSHED, force, point: [x, y, z], seconds: PUSH.time });
    },
  };
}

const triple = ({ x, y, z }: Vector3): [number, number, number] => [x, y, z];
