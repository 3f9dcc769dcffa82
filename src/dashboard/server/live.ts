import type { IncomingMessage, ServerResponse } from "node:http";
import type { LiveState } from "../shared/protocol.js";
import { headers } from "./respond.js";

/** How often directories are looked at while a page is open, ms. */
const LOOK_EVERY = 1000;
/** A line that says nothing keeps proxies and the browser from giving the connection up, ms. */
const STILL_HERE = 15_000;

/** What was sent to a page last, and when. */
interface Told {
  text: string;
  at: number;
}

/**
 * Pushes the list of runs to open pages whenever it changes (server-sent events). Each push is whole, so a page that
 * was cut off, or that finds a new server, is up to date with the first one it hears. All pages share one look and one
 * text; a list that is still the same object is not even turned into text.
 */
export class LiveFeed {
  readonly #look: () => LiveState;
  readonly #pages = new Map<ServerResponse, Told>();
  #timer: NodeJS.Timeout | undefined;
  #runs: LiveState["runs"] | undefined;
  #text = "";

  /** @param look gives the same list of runs where nothing has changed */
  constructor(look: () => LiveState) {
    this.#look = look;
  }

  open(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === "HEAD") {
      response.writeHead(200, headers("text/event-stream")).end();
      return;
    }
    const text = this.#now();
    response.writeHead(200, headers("text/event-stream"));
    response.write(`retry: 1000\ndata: ${text}\n\n`);
    this.#pages.set(response, { text, at: performance.now() });
    this.#timer ??= setInterval(() => this.#push(), LOOK_EVERY);
    response.on("close", () => {
      this.#pages.delete(response);
      if (this.#pages.size === 0) this.#stop();
    });
  }

  /** The state as text, made anew where it has changed. */
  #now(): string {
    const state = this.#look();
    if (state.runs !== this.#runs) {
      this.#runs = state.runs;
      this.#text = JSON.stringify(state);
    }
    return this.#text;
  }

  #push(): void {
    let text: string;
    try {
      text = this.#now();
    } catch {
      this.close(); // the pages ask again, and are answered with what went wrong
      return;
    }
    const now = performance.now();
    for (const [page, told] of this.#pages) {
      if (page.writableNeedDrain) continue; // it does not keep up: what it missed is in the next push
      const changed = text !== told.text;
      if (!changed && now - told.at < STILL_HERE) continue;
      Object.assign(told, { text, at: now });
      page.write(changed ? `data: ${text}\n\n` : ": still here\n\n");
    }
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.#stop();
    for (const page of this.#pages.keys()) page.end();
    this.#pages.clear();
  }
}
