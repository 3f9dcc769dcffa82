import "./no-eval.js";
import { openWebCompute } from "../compute/engine-web.js";
import { StorageError } from "../errors/errors.js";
import { crossed } from "./crossing.js";
import type { FromWorker, ToWorker } from "./protocol.js";
import { openTabFiles } from "./tab-files.js";
import { TabSession } from "./tab-session.js";

/** The script of a training worker: one run, played here and said to the page in the messages of `protocol.ts`. */

/** The part of a worker's surroundings that is used here; the compiler knows those of a page. */
const page = globalThis as unknown as {
  onmessage: (event: { readonly data: ToWorker }) => void;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
};
const say = (message: FromWorker, transfer: Transferable[] = []) => page.postMessage(message, transfer);

/** Has a name until the worker ends, however it ends; pages that did not come by https have no locks. */
function lock(run: string): Promise<void> {
  if (navigator.locks === undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(`stackelberg/${run}`, { ifAvailable: true }, (held) => {
        if (held === null) {
          reject(new StorageError(`run "${run}"`, "is played in another tab", "Go on there, or close that tab first"));
          return undefined;
        }
        resolve();
        return new Promise<void>(() => {});
      })
      .catch(reject);
  });
}

const session = new TabSession(
  {
    // One engine computes here, where nothing else does: a run is a call then, and not two messages between threads.
    openCompute: ({ engines, wasmPaths }) =>
      openWebCompute({ workers: engines === 1 ? 0 : engines, ...(wasmPaths !== undefined && { wasmPaths }) }),
    openFiles: openTabFiles,
    lock,
    importModule: (address) => import(/* @vite-ignore */ /* webpackIgnore: true */ address),
    clock: () => performance.now() / 1000,
    date: () => new Date().toISOString(),
    versions: { browser: navigator.userAgent },
  },
  say,
);

async function answer(id: number, what: "snapshot" | "policy"): Promise<void> {
  try {
    const bytes = what === "snapshot" ? session.snapshot() : await session.policy();
    say({ kind: "answer", id, bytes }, [bytes.buffer]);
  } catch (error) {
    say({ kind: "refused", id, error: crossed(error) });
  }
}

page.onmessage = ({ data }) => {
  switch (data.kind) {
    case "begin":
    case "resume":
      return void session.play(data);
    case "pause":
      return session.pause();
    case "go-on":
      return session.goOn();
    case "stop":
      return session.stop();
    case "ask":
      return void answer(data.id, data.what);
  }
};
