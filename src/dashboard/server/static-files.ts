import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { StorageError } from "../../errors/errors.js";
import { headers } from "./respond.js";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

/** The page's own files. Their names are listed once: an address that is not on the list is not looked up anywhere. */
export class StaticFiles {
  readonly #files = new Map<string, string>();

  /** @throws {StorageError} where the page has not been built */
  constructor(directory: string) {
    if (!existsSync(join(directory, "index.html"))) {
      throw new StorageError(directory, "the page has not been built", "Run npm run build");
    }
    for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
      const address = `/${name.replaceAll("\\", "/")}`;
      if (extname(address) in TYPES) this.#files.set(address, join(directory, name));
    }
    this.#files.set("/", join(directory, "index.html"));
  }

  /** Sends a file; false where there is none of this address. */
  send(address: string, response: ServerResponse): boolean {
    const path = this.#files.get(address);
    if (path === undefined) return false;
    const type = TYPES[extname(path)];
    const named = address.includes("/assets/"); // the name holds a checksum of the content
    response
      .writeHead(200, {
        ...headers(type),
        ...(named ? { "cache-control": "public, max-age=31536000, immutable" } : {}),
      })
      .end(readFileSync(path));
    return true;
  }
}
