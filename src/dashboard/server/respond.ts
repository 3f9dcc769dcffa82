import type { IncomingMessage, ServerResponse } from "node:http";
import { StackelbergError } from "../../errors/errors.js";
import { reasonOf } from "./files.js";

/** An answer other than 200, with a sentence for the reader. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/**
 * What every answer says: scripts, styles and data come from this server alone, nothing inline. Page and worker compile
 * WebAssembly but evaluate no text; a worker has the policy that its own file came with.
 */
export function headers(type: string): Record<string, string> {
  return {
    "content-type": type,
    "content-security-policy":
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
      "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
  };
}

export function sendJson(response: ServerResponse, value: unknown, status = 200, more: Refusal["headers"] = {}): void {
  const all = { ...headers("application/json; charset=utf-8"), ...more };
  response.writeHead(status, all).end(JSON.stringify(value));
}

/** Answers with what went wrong, in words; what is no error of ours is the server's own. */
export function sendFailure(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = error instanceof Refusal ? error.status : error instanceof StackelbergError ? 422 : 500;
  sendJson(response, { error: reasonOf(error) }, status, error instanceof Refusal ? error.headers : {});
}

/**
 * Which names in `Host` are this server's: this machine's, the address it serves on, and, where that is every
 * address of the machine, every address in numbers. A page that points a name of its own here has a name, not a number.
 * Names are the same in capitals and with a dot at the end, and port 80 need not be said.
 */
export function ownHosts(host: string, port: number): (name: string) => boolean {
  const names = new Set(["127.0.0.1", "localhost", "[::1]", inAddress(host).toLowerCase()]);
  const everywhere = host === "0.0.0.0" || host === "::";
  const number = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;
  return (text) => {
    const [, name, said = "80"] = /^(\[[^[\]]+\]|[^:[\]]+?)\.?(?::(\d{1,5}))?$/.exec(text.toLowerCase()) ?? [];
    return name !== undefined && Number(said) === port && (names.has(name) || (everywhere && number.test(name)));
  };
}

/** An address as it stands before a port: IPv6 in brackets. */
export const inAddress = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/**
 * Refuses what no page of this server would ask. A name in `Host` that is not this machine's means that somebody's
 * page was pointed here (DNS rebinding), and `Sec-Fetch-Site` says where a browser's request began.
 *
 * @throws {Refusal}
 */
export function checkRequest(request: IncomingMessage, isOurs: (host: string) => boolean): void {
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw new Refusal(405, "This server only answers GET.", { allow: "GET, HEAD" });
  }
  if (!isOurs(request.headers.host ?? "")) throw new Refusal(403, "This address is not one of this server's.");
  const site = request.headers["sec-fetch-site"];
  const navigates = request.headers["sec-fetch-mode"] === "navigate";
  if (site !== undefined && site !== "same-origin" && site !== "none" && !navigates) {
    throw new Refusal(403, "Another site's page may not ask this server.");
  }
}

/**
 * What a request asks for: a path, or a whole address of this server.
 *
 * @throws {Refusal} where it is neither
 */
export function addressOf(request: IncomingMessage, isOurs: (host: string) => boolean): URL {
  const target = request.url ?? "";
  let url: URL;
  try {
    url = new URL(target.startsWith("/") ? `http://localhost${target}` : target);
  } catch {
    throw new Refusal(400, "This is no address.");
  }
  if (target.startsWith("/")) return url;
  if (url.protocol !== "http:") throw new Refusal(400, "This is no address of a page.");
  if (!isOurs(url.host)) throw new Refusal(403, "This address is not one of this server's.");
  return url;
}
