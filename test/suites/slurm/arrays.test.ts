import { expect, test } from "vitest";
import { arraysOf, indexList, namesOf, scriptOf } from "../../../src/suites/slurm/arrays.js";
import { readQueue } from "../../../src/suites/slurm/queue-lines.js";
import { stemOf } from "../../../src/suites/stem.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { tinySuite } from "../support/tiny-suite.js";

test.each([
  [[4], "4"],
  [[0, 1, 2], "0-2"],
  [[0, 2, 3, 7, 8, 9], "0,2-3,7-9"],
])("indices %j are written %s", (indices, text) => {
  expect(indexList(indices)).toBe(text);
});

test("no index is beyond what Slurm takes, and each run is in one array", () => {
  const suite = tinySuite(temporaryDirectory(), 2500);
  const arrays = arraysOf(suite, suite.jobs);
  expect(arrays.map(({ first, indices }) => [first, indices.length])).toEqual([
    [0, 1000],
    [1000, 1000],
    [2000, 500],
  ]);
  expect(arrays.flatMap(({ first, indices }) => indices.map((i) => first + i))).toEqual(
    suite.jobs.map(({ index }) => index),
  );
  expect(namesOf(suite)).toEqual(["0", "1000", "2000"].map((first) => stemOf(suite) + first));
});

test("runs that ask for different machines are in different arrays", () => {
  const suite = tinySuite(temporaryDirectory(), 4);
  const games = [suite.games[0], { ...suite.games[0], id: "large", cores: 8, minutes: 90 }];
  const jobs = suite.jobs.map((job, i) => ({ ...job, game: games[i % 2].id }));
  expect(arraysOf({ ...suite, games }, jobs).map(({ indices, wants: { cores } }) => [indices, cores])).toEqual([
    [[0, 2], 1],
    [[1, 3], 8],
  ]);
});

test("the script quotes what a shell would take apart", () => {
  const suite = { ...tinySuite(temporaryDirectory(), 1), directory: "/my $HOME/it's" };
  const array = { first: 1000, indices: [0], wants: { cores: 1, memory: 1, minutes: null } };
  expect(scriptOf(suite, array, { node: "/n", task: "/t.js", command: ["/n", "main.js"] })).toBe(
    `#!/bin/sh\nexec '/n' '/t.js' '/my $HOME/it'\\''s' "$((SLURM_ARRAY_TASK_ID + 1000))" '/n' 'main.js'\n`,
  );
});

test("lines of the queue become runs; those of others are left out", () => {
  const suite = tinySuite(temporaryDirectory(), 1200);
  const stem = stemOf(suite);
  const lines = [
    `7|0|RUNNING|3:04|${stem}0|None`,
    `8|199|PENDING|0:00|${stem}1000|BeginTime`,
    `8|200|PENDING|0:00|${stem}1000|None`, // beyond the suite
    "9|0|RUNNING|0:01|somebody-else-0|None",
    "10|N/A|RUNNING|0:01|bash|None",
    "",
  ];
  expect(readQueue(suite, lines.join("\n")).map(({ job, state, note }) => [job.index, state, note])).toEqual([
    [0, "running", "Slurm job 7_0, 3:04"],
    [1199, "queued", "Slurm job 8_199: BeginTime"],
  ]);
});
