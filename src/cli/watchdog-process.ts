/** The other side of `watchdog.ts`: listens for signs of life of its parent, and hears the signals that it hears. */

/** Without a sign of life for so long, the parent does not hear signals, ms. */
const SILENCE = 2000;

let signals = 0;
let lastSign = performance.now();
let told = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => signals++);
process.stdin.on("data", () => {
  lastSign = performance.now();
});
process.stdin.on("end", () => process.exit()).on("error", () => process.exit());

const { ppid: parent } = process;
setInterval(() => {
  if (signals === 0 || performance.now() - lastSign < SILENCE) return;
  if (signals === 1 && !told) {
    told = true;
    process.stderr.write("\nThe task does not answer. Ctrl-C again ends the process; its run can be resumed.\n");
  } else if (signals > 1) {
    process.stderr.write("\nThe task did not answer: the process was ended. What its run had finished is safe.\n");
    process.kill(parent, "SIGKILL");
    process.exit();
  }
}, 100);
