import { connect } from "node:net";
import { expect } from "vitest";
import type { Dashboard } from "../../../src/dashboard/server/server.js";
import { type Rng, seeded } from "../../../src/random/rng.js";
import { ask, pushes } from "./served.js";

/** What came back for one request: all bytes until the server closed, or enough of a stream. */
interface Came {
  readonly sent: string;
  /** Whether the asker let the server finish. */
  readonly waited: boolean;
  /** Undefined where the connection ended without an answer. */
  readonly status: number | undefined;
  readonly head: string;
  readonly body: string;
}

/** An answer that takes longer has not ended, ms. */
const PATIENCE = 15_000;
const OTHER_METHODS = ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", "BREW"];
const PARTS = [
  "",
  "/",
  "/metrics",
  "/lab",
  "/scene",
  "/policy.onnx",
  "/nothing",
  "/metrics/x",
  "/../..",
  "//metrics",
  "/task",
  "/task/etc/passwd",
  "/task/%2e%2e/%00",
];
const VALUES = [
  "0",
  "2",
  "7",
  "-1",
  "1e3",
  "0x10",
  "999999999999",
  "9999999999999",
  "NaN",
  "",
  "%00",
  "%F0%9F",
  "%",
  "１",
  "2&from=3",
];
// biome-ignore format: a list
const ODD_TARGETS = [
  "*", "", "//", "///", "/.", "/..", "/../package.json", "/%2e%2e/%2e%2e/etc/passwd", "/..\\..\\x", "/%00", "/%zz", "/?", "/#", "/;",
  "http://[", "http://", "http:", "https://localhost/", "file:///etc/passwd", "javascript:1", "//evil.example/", "/@evil.example",
  "/api", "/api/", "/api/live/", "/api/live//", "/api/runs", "/api/runs/", "/api/runs/__proto__", "/api/runs/constructor/metrics",
  "/index.html", "/worker/physics-worker.js", "/assets/", "/favicon.ico", "/[", "/:80", "a", "\u00ff", "/\u00e9", "/\t", "/\u0000",
];
// biome-ignore format: a list
const HEADERS = [
  "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: navigate", "Accept: text/event-stream", "Range: bytes=0-5",
  "Expect: 100-continue", "Expect: tea", "Upgrade: websocket\r\nConnection: upgrade", "Transfer-Encoding: chunked", "Transfer-Encoding: tea",
  "Content-Length: 5", "Content-Length: -1", "Content-Length: 5\r\nContent-Length: 6", `Cookie: ${"a".repeat(5000)}`, "Host: twice.example",
  "Last-Event-ID: 7", ": empty", "no colon", "Odd\u0000: x", "Accept-Encoding: gzip, br", " folded", "If-None-Match: *",
];

/** Sends so many random requests to a dashboard, some at a time. @param id names a run that is there */
async function randomRequests(dashboard: Dashboard, id: string, count: number): Promise<readonly Came[]> {
  const came: Came[] = [];
  let next = 0;
  const asker = async () => {
    while (next < count)
      came.push(await send(dashboard, ...randomRequest(dashboard, id, seeded(1).stream("request", next++))));
  };
  await Promise.all(Array.from({ length: 8 }, asker));
  return came;
}

/** A request as bytes, and whether its answer is waited for. */
function randomRequest({ url }: Dashboard, id: string, rng: Rng): [sent: string, waits: boolean] {
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)]!;
  const often = (share: number) => rng.uniform() < share;
  const { host } = new URL(url);
  const query = () => `${pick(["from", "checkpoint", "seed", "x", ""])}=${pick(VALUES)}`;
  const ofRun = () => `/api/runs/${often(0.8) ? id : pick(["0".repeat(12), "", "%", id.toUpperCase()])}${pick(PARTS)}`;
  const known = () =>
    (often(0.15) ? "/api/live" : ofRun()) + (often(0.6) ? `?${query()}${often(0.4) ? `&${query()}` : ""}` : "");
  let target = often(0.7)
    ? known()
    : often(0.1)
      ? `http://${pick([host, "evil.example", "[::1]", host.toUpperCase()])}${known()}`
      : pick(ODD_TARGETS);
  if (often(0.1)) target = scrambled(target, rng);
  if (often(0.02)) target += "a".repeat(30_000);
  const method = often(0.75) ? "GET" : often(0.6) ? "HEAD" : pick(OTHER_METHODS);
  const lines = [`${method} ${target} HTTP/${often(0.97) ? "1.1" : pick(["1.0", "2.0", "0.9", "x"])}`];
  const name = often(0.85)
    ? pick([host, host.toUpperCase()])
    : pick(["evil.example", "", "localhost", "[", `${host}.`]);
  if (often(0.98)) lines.push(`Host: ${name}`);
  lines.push("Connection: close");
  while (often(0.25)) lines.push(pick(HEADERS));
  const whole = `${lines.join("\r\n")}\r\n\r\n${often(0.1) ? pick(["hello", "5\r\nhello\r\n0\r\n\r\n", "\u0000".repeat(100)]) : ""}`;
  if (often(0.08)) return [whole.slice(0, rng.integer(whole.length)), false]; // whoever asks is gone in the middle
  return [often(0.08) ? scrambled(whole, rng) : whole, often(0.9)];
}

/** A text with some of its characters replaced, doubled or left out. */
function scrambled(text: string, rng: Rng): string {
  let out = text;
  for (let n = 1 + rng.integer(3); n > 0; n--) {
    const at = rng.integer(out.length + 1);
    const instead = ["", String.fromCharCode(rng.integer(256)), "//", "%", "\r\n", out.slice(at, at + 5)][
      rng.integer(6)
    ];
    out = out.slice(0, at) + instead + out.slice(at + rng.integer(3));
  }
  return out;
}

/** Sends bytes as they are. Where nobody waits, the connection is reset a moment later. */
function send({ url }: Dashboard, sent: string, waits: boolean): Promise<Came> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const timers: NodeJS.Timeout[] = [];
    const socket = connect(Number(port), hostname);
    const end = (waited: boolean) => {
      timers.forEach(clearTimeout);
      socket.destroy();
      const [head = "", ...rest] = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, "").split("\r\n\r\n");
      const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
      const body = rest.join("\r\n\r\n");
      resolve({ sent, waited, status: status === undefined ? undefined : Number(status), head, body });
    };
    const after = (ms: number, then: () => void) => timers.push(setTimeout(then, ms));
    if (!waits) after(5, () => end(false));
    if (!isWhole(sent)) after(300, () => text === "" && end(false)); // its end never comes: the server waits, as it must
    after(PATIENCE, () => {
      reject(new Error(`no end of the answer to ${JSON.stringify(sent)}: ${JSON.stringify(text.slice(0, 300))}`));
      socket.destroy();
    });
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      if (/text\/event-stream/.test(text) && text.includes("\n\n")) end(!sent.startsWith("HEAD"));
      else if (/^connection: keep-alive/im.test(text)) after(100, () => end(true));
    });
    socket.on("error", () => end(true)); // reset by a server that would not read on
    socket.on("close", () => end(true));
    socket.write(sent, "latin1");
  });
}

/** Whether a server can see where a request ends, and nothing comes after it. */
const isWhole = (sent: string): boolean =>
  /^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(sent) &&
  sent.indexOf("\r\n\r\n") === sent.length - 4 &&
  !/content-length|transfer-encoding|expect|upgrade/i.test(sent);

/** Answers of each kind among so many random requests, each of them checked. */
export async function checkAnswers(dashboard: Dashboard, count: number): Promise<ReadonlyMap<number, number>> {
  const { runs } = await pushes(dashboard, () => true);
  const statuses = new Map<number, number>();
  for (const { sent, waited, status, head, body } of await randomRequests(dashboard, runs[0].id, count)) {
    const what = `${JSON.stringify(sent.slice(0, 500))} gave ${JSON.stringify(`${head}\n${body}`.slice(0, 500))}`;
    if (status === undefined) {
      expect(!waited || !isWhole(sent) || sent.startsWith("CONNECT"), what).toBe(true);
      continue;
    }
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    expect(status, what).toBeLessThan(500);
    expect(body, what).not.toMatch(/\n\s+at /);
    if (sent.startsWith("HEAD ")) expect(body, what).toBe("");
    if (status === 405) expect(head, what).toMatch(/^allow: GET, HEAD\r?$/im);
  }
  expect((await ask(dashboard, "/")).status).toBe(200);
  return statuses;
}
