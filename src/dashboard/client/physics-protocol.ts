import type { Scene, Vector3 } from "../../mdp/scene.js";

/** What the page asks of the worker that holds world and policy. */
export type PhysicsRequest =
  | {
      readonly kind: "open";
      readonly task: string;
      /** Address of the task's module, where it is a user's own; null for one of the catalogue. */
      readonly module: string | null;
      readonly options: Readonly<Record<string, string>>;
      /** policy.onnx */
      readonly policy: ArrayBuffer;
      readonly seed: number;
    }
  | { readonly kind: "run" /** World time per wall time; 0 stands still. */; readonly speed: number }
  | { readonly kind: "reset"; readonly seed: number }
  | {
      readonly kind: "pull";
      readonly body: number;
      readonly force: Vector3;
      readonly point: Vector3;
      /** The hand lets go after so much of the world's time; with the next pull where it is left out. */
      readonly seconds?: number;
    }
  | { readonly kind: "goal" /** The goal of the start with this seed. */; readonly seed: number }
  | { readonly kind: "contacts" /** Whether states say where solids touch. */; readonly wanted: boolean }
  | { readonly kind: "score"; readonly seeds: readonly number[] };

/** What the worker says. */
export type PhysicsReply =
  | {
      readonly kind: "opened";
      readonly scene: Scene;
      readonly goal: readonly number[];
      readonly controlStep: number;
      readonly touches: boolean /** Whether it can tell where solids touch. */;
    }
  | {
      readonly kind: "state";
      /** [bodies × 7] */
      readonly poses: Float32Array;
      /** Control steps of this episode. */
      readonly steps: number;
      readonly reward: number;
      readonly return: number;
      readonly success: boolean | null;
      /** Why the episode is over; null while it goes on. */
      readonly end: "terminal" | "cut" | null;
      readonly goal: readonly number[];
      /** [contacts × 6], see `ShownEpisode`; null where they were not asked for. */
      readonly contacts: readonly number[] | null;
    }
  | { readonly kind: "scored"; readonly returns: readonly number[] }
  | { readonly kind: "failed"; readonly error: string };
