import type { JobNews } from "../shared/protocol.js";

/** Who waits for an answer. */
export interface Waiting<Part> {
  /** Aborted when it does not wait any longer; left out, it waits to the end. */
  readonly signal?: AbortSignal;
  readonly hear?: (news: JobNews<Part>) => void;
}

/** What a job works with. */
export interface Work<Part> {
  /** @throws where nobody waits for the answer any more */
  goOn(): void;
  tell(news: JobNews<Part>): void;
}

/** Something that is computed once for all that wait for it, tells them how far it is, and stops when the last of them leaves. */
export class Job<Answer, Part> {
  readonly answer: Promise<Answer>;
  readonly #stop = new AbortController();
  readonly #hearers = new Set<(news: JobNews<Part>) => void>();
  #waiting = 0;
  #news: JobNews<Part> | undefined;

  /** @param begin starts the work when it is its turn */
  constructor(begin: (work: Work<Part>) => Promise<Answer>) {
    this.answer = begin({
      goOn: () => this.#stop.signal.throwIfAborted(),
      tell: (news) => {
        this.#news = { ...this.#news, ...news };
        for (const hear of this.#hearers) hear(news);
      },
    });
    this.answer.catch(() => {}); // whoever waits hears of it; perhaps nobody does
  }

  /** @param onStopped is called when this was the last that waited, and has left */
  join({ signal, hear }: Waiting<Part>, onStopped: () => void): void {
    this.#waiting++;
    if (hear !== undefined) {
      this.#hearers.add(hear);
      if (this.#news !== undefined) hear(this.#news);
    }
    const leave = () => {
      if (hear !== undefined) this.#hearers.delete(hear);
      this.#waiting--;
      if (this.#waiting > 0) return;
      this.#stop.abort();
      onStopped();
    };
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
  }
}
