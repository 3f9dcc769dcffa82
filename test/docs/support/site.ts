import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { ROOT } from "../../support/doc-pages.js";

/** The site that `npm run docs` built. */
export const SITE = join(ROOT, "docs/.vitepress/dist");

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

/** The file of an address; undefined where there is none. */
export function fileOf(path: string): string | undefined {
  const file = join(SITE, decodeURIComponent(path));
  const candidates = [file, join(file, "index.html"), `${file}.html`];
  return candidates.find((each) => existsSync(each) && statSync(each).isFile());
}

/** Serves it as any server of static files does. */
export async function serveSite(): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const file = fileOf((request.url ?? "/").split(/[?#]/)[0]);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    response.end(readFileSync(file));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
