import type { ServerResponse } from "node:http";
import type { JobEnd } from "../shared/protocol.js";
import { reasonOf } from "./files.js";
import type { Waiting } from "./job.js";
import { headers, sendJson } from "./respond.js";

/**
 * Answers with what is computed on demand; whoever goes before it is there does not wait for it any longer. With
 * `follow=1` in the address it is a line of JSON for each thing there is to say, and the answer or what went wrong in the last.
 */
export async function sendJob<Answer, Part>(
  url: URL,
  response: ServerResponse,
  ask: (waiting: Waiting<Part>) => Promise<Answer>,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  if (url.searchParams.get("follow") !== "1") {
    const answer = await ask({ signal: gone.signal });
    return sendJson(response, answer);
  }
  const line = (value: unknown) => {
    if (!response.headersSent) response.writeHead(200, headers("application/x-ndjson; charset=utf-8"));
    if (!gone.signal.aborted) response.write(`${JSON.stringify(value)}\n`);
  };
  let end: JobEnd<Answer>;
  try {
    end = { answer: await ask({ signal: gone.signal, hear: line }) };
  } catch (error) {
    if (!response.headersSent) throw error; // an answer of its own, with its status
    end = { error: reasonOf(error) };
  }
  line(end);
  response.end();
}
