import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../runs/support/fake.js";
import { privateSession } from "../support/private-session.js";

const MAIN = resolve("dist/cli/main.js");
const LIBRARY = pathToFileURL(resolve("dist/node.js")).href;
const OPEN = `const compute = await (await import("${LIBRARY}")).openNodeCompute({ workers: 2 }); await compute.close();`;

/** Runs a program that says `done` at its end. */
function session(program: string) {
  const folder = temporaryDirectory();
  const file = join(folder, "program.mjs");
  writeFileSync(file, `${program}\nconsole.log("done");`);
  return privateSession(folder, process.execPath, [file]);
}

/** Runs code in a worker thread, after something else in the main thread; its errors are printed. */
const inWorker = (before: string, code: string) =>
  session(`
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    ${before}
    const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(${JSON.stringify(code)})));
    worker.on("error", (error) => console.log(error.message));
    await once(worker, "exit");`);

test("train and resume leave nothing outside of the run directory", async () => {
  const sizes = ["model.hidden=[8]", "model.epochs=2", "npg.trajectoriesPerModel=4", "evaluation.episodes=2"];
  const options = [...sizes, "data.initialSamples=50", "data.samplesPerIteration=50"].flatMap((set) => ["--set", set]);
  const folder = temporaryDirectory();
  const train = [MAIN, "train", "pal", "point-mass", "--out", "run", "--samples", "100", ...options];
  expect(await privateSession(folder, process.execPath, train)).toMatchObject({ code: 0, left: [] });
  const resume = [MAIN, "resume", "run", "--samples", "200"];
  expect(await privateSession(folder, process.execPath, resume)).toMatchObject({ code: 0, left: [] });
});

test("nor does the library in the main thread, or in a worker of a main thread that has loaded it", async () => {
  expect(await session(OPEN)).toEqual({ code: 0, output: "done\n", left: [] });
  expect(await inWorker(`import "${LIBRARY}";`, OPEN)).toEqual({ code: 0, output: "done\n", left: [] });
});

test("in a worker whose main thread has not turned telemetry off, engines are refused", async () => {
  const { output, left } = await inWorker("", OPEN);
  expect(output).toMatch(/^onnxruntime-node: its telemetry cannot be turned off from a worker thread\. Import /);
  expect(left).toEqual([]);
});

test.each(["", ".jsep", ".asyncify"])(
  "the WebAssembly%s that runs in browsers holds no address of the vendor's",
  (kind) => {
    const require = createRequire(import.meta.url);
    const wasm = readFileSync(require.resolve(`onnxruntime-web/ort-wasm-simd-threaded${kind}.wasm`));
    expect(wasm.length).toBeGreaterThan(1e6);
    expect(wasm.includes("events.data.microsoft")).toBe(false);
  },
);

test("a provider that is not there is one error of ours, and no line of the library's", async () => {
  const folder = temporaryDirectory();
  const train = [MAIN, "train", "pal", "point-mass", "--out", "run", "--provider", "cuda"];
  const { code, output } = await privateSession(folder, process.execPath, train);
  if (code !== 0) expect(output).toMatch(/^provider cuda: is not available here [^\n]*\n$/); // else it is there
});
