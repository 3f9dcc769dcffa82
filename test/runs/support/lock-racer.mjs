/**
 * A process that, told so by its parent, tries to take a run directory at a given moment, and says what came of it:
 * `owner` or why not. Its argument is the `lock.js` to try.
 */
const { lockRun } = await import(process.argv[2]);
const now = () => performance.timeOrigin + performance.now();
let lock;

process.on("message", ({ run, at, release }) => {
  if (release) {
    lock?.release();
    lock = undefined;
    process.send("released");
    return;
  }
  while (now() < at); // all begin in the same fraction of a millisecond
  try {
    lock = lockRun(run);
    process.send("owner");
  } catch (error) {
    process.send(error.code === "E_STORAGE" && error.message.includes("in use") ? "refused" : String(error.stack));
  }
});
process.send("ready");
