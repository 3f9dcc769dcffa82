import { StorageError } from "../../errors/errors.js";

/** Pause before an engine that is away is asked again, ms. */
const AGAIN = 1000;
/** How long an answer may take before it is said, ms. */
const SILENT = 10_000;

/** A job that is no longer this worker's: its lock went to another, or it is gone. BullMQ says so by a negative code. */
export const isNotOurs = (error: unknown): boolean =>
  error instanceof Error && typeof (error as { code?: unknown }).code === "number";

/** What an engine or its driver said, to stand within a sentence. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");

/** Asks an engine until it answers, however long it is away, and says once that it is, and once that it is back. */
export class Patience {
  #away = false;

  constructor(
    private readonly name: string,
    private readonly say: (text: string) => void,
  ) {}

  /** Something went wrong with the engine, whoever noticed. */
  trouble(error: unknown): void {
    if (this.#away) return;
    this.#away = true;
    this.say(`${this.name} is away (${reasonOf(error)}): waiting for it`);
  }

  /**
   * @param until stops waiting
   * @throws what says that the job is not ours
   * @throws {StorageError} where it was away until then
   */
  async ask<Answer>(call: () => Promise<Answer>, until?: AbortSignal): Promise<Answer> {
    for (;;) {
      try {
        const answer = await this.#heard(call(), until);
        if (this.#away) this.say(`${this.name} is back`);
        this.#away = false;
        return answer;
      } catch (error) {
        if (isNotOurs(error)) throw error;
        if (until?.aborted)
          throw new StorageError(
            this.name,
            `is away (${reasonOf(error)})`,
            "Nothing is lost: call this again when it is back",
            { cause: error },
          );
        this.trouble(error);
        await new Promise((done) => setTimeout(done, AGAIN));
      }
    }
  }

  /** An answer, or the end of waiting for it. Drivers hold questions back while an engine is away. */
  #heard<Answer>(answer: Promise<Answer>, until?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const silence = setTimeout(() => this.trouble(new Error("it does not answer")), SILENT);
      const stop = () => reject(new Error("it does not answer"));
      until?.addEventListener("abort", stop);
      answer.then(resolve, reject).finally(() => {
        clearTimeout(silence);
        until?.removeEventListener("abort", stop);
      });
      if (until?.aborted) stop();
    });
  }
}
