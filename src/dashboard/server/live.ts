import type { IncomingMessage, ServerResponse } from "node:http";
import type { LiveState } from "../shared/protocol.js";
import { headers } from "./respond.js";

/** How often directories are looked at while a page is open, ms. */
const LOOK_EVERY = 1000;
/** A line that says nothing keeps proxies and the browser from giving the connection up, ms. */
const STILL_HERE = 15_000;

/**
 * Pushes the list of runs to open pages whenever it changes (server-sent events). Each push is whole, so a page that
 * was cut off, or that finds a new server, is up to date with the first one it hears.
 */
export class LiveFeed {
  readonly #state: () => LiveState;
  readonly #pages = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #said = "";
  #lastWord = 0;

  constructor(state: () => LiveState) {
    this.#state = state;
  }

  open(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, headers("text/event-stream"));
    response.write(`retry: 1000\ndata: ${JSON.stringify(this.#state())}\n\n`);
    this.#pages.add(response);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY);
    request.on("close", () => {
      this.#pages.delete(response);
      if (this.#pages.size === 0) this.#stop();
    });
  }

  #look(): void {
    const text = JSON.stringify(this.#state());
    const changed = text !== this.#said;
    if (!changed && Date.now() - this.#lastWord < STILL_HERE) return;
    this.#said = text;
    this.#lastWord = Date.now();
    for (const page of this.#pages) page.write(changed ? `data: ${text}\n\n` : ": still here\n\n");
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.#stop();
    for (const page of this.#pages) page.end();
    this.#pages.clear();
  }
}
