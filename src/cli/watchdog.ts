import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Time between two signs of life, ms. */
const BEAT = 250;

let armed = false;
let watching = false;

/** From here on this process is a command of its own, which a person may want to stop. */
export function armWatchdog(): void {
  armed = true;
}

/**
 * Called before code of a user's own is run. Such code may loop for ever, and then no handler of ours hears Ctrl-C: Node
 * calls them between two pieces of JavaScript only. So a second process in the same group, which a terminal's Ctrl-C
 * reaches as well, listens for this one's signs of life (`watchdog-process.ts`). It ends with this one, however that ends.
 */
export function watchUsersCode(): void {
  if (!armed || watching) return;
  watching = true;
  const child = spawn(process.execPath, [fileURLToPath(new URL("./watchdog-process.js", import.meta.url))], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const forget = () => clearInterval(timer);
  const timer = setInterval(() => child.stdin.write("."), BEAT).unref();
  child.on("error", forget).on("exit", forget);
  child.stdin.on("error", forget);
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
}
