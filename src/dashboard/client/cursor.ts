/** A moment of an episode that several drawings show together, in control steps. */
export class Cursor {
  value = 0;
  readonly #last: number;
  readonly #listeners = new Set<(value: number) => void>();

  /** @param last the largest value */
  constructor(last: number, value = 0) {
    this.#last = last;
    this.value = Math.min(value, last);
  }

  /** Moves it, no further than the ends. */
  set(value: number): void {
    this.value = Math.min(Math.max(value, 0), this.#last);
    for (const listener of this.#listeners) listener(this.value);
  }

  /** @returns stops listening */
  subscribe(listener: (value: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
