import { spawn } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A process with a home, a cache and a temporary folder of its own, in which nobody has turned telemetry off yet. */
export interface PrivateSession {
  readonly code: number | null;
  readonly output: string;
  /** Files in home, cache and temporary folder when it has ended. */
  readonly left: readonly string[];
}

/**
 * Runs a program in `folder`, which is new.
 *
 * @param stopAfter s until it is asked to stop by SIGINT
 */
export async function privateSession(
  folder: string,
  program: string,
  args: readonly string[],
  stopAfter?: number,
): Promise<PrivateSession> {
  const [home, cwd] = [join(folder, "home"), join(folder, "work")];
  const places = { HOME: home, XDG_CACHE_HOME: join(home, "cache"), TMPDIR: join(home, "tmp") };
  for (const place of [...Object.values(places), cwd]) mkdirSync(place, { recursive: true });
  const env = { PATH: process.env.PATH, ...places };
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const timer = stopAfter === undefined ? undefined : setTimeout(() => child.kill("SIGINT"), 1000 * stopAfter);
  const code = await new Promise<number | null>((done) => child.on("close", done));
  clearTimeout(timer);
  const entries = readdirSync(home, { recursive: true, withFileTypes: true });
  const left = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return { code, output, left };
}
