import { spawn } from "node:child_process";
import type { MessagePort } from "node:worker_threads";
import { workerData } from "node:worker_threads";

/** What a channel's thread is opened with. */
export interface ChannelSetup {
  readonly command: string;
  readonly args: readonly string[];
  readonly port: MessagePort;
  /** One number: how many replies there have been. The owner sleeps on it. */
  readonly replies: Int32Array<SharedArrayBuffer>;
}

/** A line of the child's, or why there will be none. */
export type ChannelReply =
  | { readonly line: string }
  | { readonly gone: string; readonly missing: boolean; readonly stderr: readonly string[] };

/** Last lines of the child's standard error that are kept for whoever asks what happened. */
const KEPT_LINES = 10;

/**
 * The thread of a channel: owns the child process, so that the owner of the channel can sleep until it has answered. A line
 * in is a line for the child, a line of the child's is a line out.
 */
function serve({ command, args, port, replies }: ChannelSetup): void {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let gone: ChannelReply | undefined;
  let stderr: string[] = [];
  const reply = (message: ChannelReply) => {
    port.postMessage(message);
    Atomics.add(replies, 0, 1);
    Atomics.notify(replies, 0);
  };
  const end = (why: string, missing: boolean) => {
    if (gone !== undefined) return;
    gone = { gone: why, missing, stderr };
    reply(gone);
  };
  const inLines = (stream: NodeJS.ReadableStream, each: (line: string) => void) => {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) each(line);
    });
    stream.on("end", () => {
      if (rest !== "") each(rest);
    });
  };
  inLines(child.stdout, (line) => reply({ line }));
  inLines(child.stderr, (line) => {
    if (line.trim() !== "") stderr = [...stderr.slice(1 - KEPT_LINES), line];
  });
  child.stdin.on("error", () => {}); // it has gone: `close` says so
  child.on("error", (error: NodeJS.ErrnoException) => end(error.message, error.code === "ENOENT"));
  child.on("close", (code, signal) =>
    end(signal === null ? `ended with exit code ${code}` : `ended by ${signal}`, false),
  );
  port.on("message", (line: string) => {
    if (gone === undefined) child.stdin.write(`${line}\n`);
    else reply(gone);
  });
  port.on("close", () => child.stdin.end());
}

serve(workerData as ChannelSetup);
