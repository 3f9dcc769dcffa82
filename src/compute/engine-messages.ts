import type { Tensors } from "./engine.js";

/** What an engine in another thread is asked; each request is answered by one reply with its id. */
export type EngineRequest =
  | { readonly id: number; readonly kind: "ping" | "close" }
  | {
      readonly id: number;
      readonly kind: "load";
      readonly program: number;
      readonly name: string;
      readonly model: Uint8Array;
    }
  | { readonly id: number; readonly kind: "bind"; readonly binding: number; readonly inputs: Tensors }
  | { readonly id: number; readonly kind: "release"; readonly binding: number }
  | {
      readonly id: number;
      readonly kind: "run";
      readonly program: number;
      readonly binding?: number;
      readonly inputs: Tensors;
    };

export interface EngineReply {
  readonly id: number;
  readonly outputs?: Tensors;
  readonly error?: string;
  /** ONNX Runtime's own message. */
  readonly reason?: string;
  readonly where?: string;
  readonly mend?: string;
}
