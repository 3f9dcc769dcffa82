/**
 * Works of ours beside PyTorch's and Stable-Baselines3's, each on the same numbers: docs/benchmarks.md says what is compared.
 *
 *   npm run bench:peers [-- --quick] [-- --json] [-- --rounds 9] [-- --threads 1,2] [-- --only sac] [-- --eager] [-- --python PATH]
 *
 * A report, not a test: it exits with 0 where a target is missed, and where there is nothing to compare with.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { wholeNumber } from "../../dist/cli/arguments.js";
import { openNodeCompute } from "../../dist/compute/engine-node.js";
import { StackelbergError } from "../../dist/errors/errors.js";
import { versions } from "../../dist/runs/versions.js";
import { type Comparison, compared } from "./compare.js";
import { NoPeers, PeerProcess, peerPython } from "./python.js";
import { factors, showComparisons } from "./show.js";
import { FULL_PEERS, QUICK_PEERS, WORKS } from "./works.js";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      rounds: { type: "string" },
      threads: { type: "string", default: "1,2" },
      only: { type: "string", default: "" },
      eager: { type: "boolean", default: false },
      python: { type: "string" },
    },
  });
  const { quick, json } = values;
  const rounds = values.rounds === undefined ? (quick ? 3 : 9) : wholeNumber("--rounds", 3)(values.rounds);
  const threadCounts = values.threads.split(",").map(wholeNumber("--threads", 1));
  const wanted = Object.entries(WORKS).filter(([name]) => name.toLowerCase().includes(values.only.toLowerCase()));
  const python = peerPython(values.python, (line) => console.error(line));
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: availableParallelism(), load: loadavg()[0] };
  const folder = mkdtempSync(join(tmpdir(), "stackelberg-peers-"));
  const comparisons: Comparison[] = [];
  let theirs: Readonly<Record<string, string>> = {};
  try {
    for (const threads of threadCounts) {
      const peer = new PeerProcess(python, threads, values.eager);
      const compute = await openNodeCompute({ workers: threads });
      try {
        theirs = await peer.versions();
        for (const [name, make] of wanted) {
          const work = await make(compute, quick ? QUICK_PEERS : FULL_PEERS);
          const comparison = await compared(work, peer, join(folder, "work.safetensors"), threads, rounds);
          comparisons.push(comparison);
          console.error(`${name}, ${threads} thread${threads === 1 ? "" : "s"}: ${factors(comparison)}`);
        }
      } finally {
        peer.close();
        await compute.close();
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const report = { quick, machine, versions: { ...versions(), ...theirs }, rounds, comparisons };
  console.log(json ? JSON.stringify(report) : showComparisons(report));
}

try {
  await main();
} catch (error) {
  if (error instanceof NoPeers) console.log(`skipped: ${error.message}`);
  else if (error instanceof StackelbergError) {
    console.error(error.message);
    process.exitCode = 2;
  } else throw error;
}
