import { test } from "vitest";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { RunStore } from "../../src/runs/store.js";
import { playRun } from "../../src/runs/play-run.js";
import { runFigure } from "../../src/runs/figure-run.js";
import { compareFigure } from "../../src/runs/figure-compare.js";
import { toPng } from "../../src/runs/png.js";
import { fakeConfig, fakeTask, fakePlayer, fakeCompute, temporaryDirectory } from "./support/fake.js";
test("x", async () => {
  const d = temporaryDirectory();
  const runs = [];
  for (const [i, algorithm] of (["pal","pal","pal","mal","mal"] as const).entries()) {
    const store = RunStore.create(join(d, `${i}`), { ...fakeConfig(2000 + i * 130, i+1), algorithm });
    const s = await playRun({ store, task: fakeTask, compute: fakeCompute, player: fakePlayer });
    if (i == 0) console.log(s);
    runs.push({ config: store.config, iterations: store.iterations.map(e => algorithm === "mal" ? { ...e, evaluation: { ...e.evaluation!, return: { ...e.evaluation!.return, mean: e.evaluation!.return.mean * 0.8 } } } : e) });
    store.close();
  }
  writeFileSync("/tmp/run.png", await toPng(runFigure(runs[0]!, 900)));
  writeFileSync("/tmp/run.svg", runFigure(runs[0]!, 900));
  writeFileSync("/tmp/cmp.png", await toPng(compareFigure(runs, { group: "algorithm", quantity: "return" })));
});
