/** One real step (s, a, s′), as the buffer D holds it. */
export interface Transition {
  /** Number of this real sample in the run, from 0. */
  readonly index: number;
  /** Number of its episode in the run, from 0. */
  readonly episode: number;
  /** s, [observation size]. */
  readonly observation: Float32Array;
  /** a as executed (clipped to the action box), [action size]. */
  readonly action: Float32Array;
  /** s′, [observation size]. */
  readonly next: Float32Array;
  /** R(s, a, s′). */
  readonly reward: number;
  /** s′ is terminal (value 0), as opposed to cut or going on. */
  readonly terminal: boolean;
}
