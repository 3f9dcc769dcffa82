import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { seeded } from "../../src/random/rng.js";
import { lockOwner } from "../../src/runs/lock.js";
import { ended, start } from "../cli/support/process.js";
import { remainsOf, runsIn } from "../suites/support/killed-suites.js";
import { smallDisk } from "./support/disk.js";
import { soakSuite } from "./support/games.js";
import { openPage } from "./support/page.js";
import { openAndDrop } from "./support/streams.js";
import { heldBy, over, type Sight } from "./support/watch.js";

const MINUTES = Number(process.env.SOAK_MINUTES ?? 60);
const SEED = Number(process.env.SOAK_SEED ?? 1);
/** Two seeds of every game where there is time for them. */
const SUITE = soakSuite(MINUTES >= 40 ? 2 : 1, MINUTES < 40);
/** What a soak of an hour has to see. */
const [LEAST_RUNS, LEAST_KILLS, WHOLE] = [50, 100, 60];
/**
 * Memory is looked at as the first suite comes to its end after 5 minutes, or a quarter of a shorter soak, and as the last
 * one does: with as many runs in the folder both times. For how long, s.
 */
const EARLY = Math.min(300, 15 * MINUTES);
const WHILE = Math.min(120, EARLY / 2);
/** Memory may be more than it was then by this factor, and files by this many. */
const [MORE_MEMORY, MORE_FILES] = [1.1, 10];

/** Mean times between events, s. */
const EVERY = { kill: 12, jump: 20, streams: 30, look: 5 } as const;
/** Kills for each run of a suite, on average: on a busy machine a run would else never come beyond its first iterations. */
const KILLS_A_RUN = 3;
/** How long the disk is full, s; how old the suite's command is when it counts as being in its stride, s. */
const [FULL_FOR, STRIDE] = [15, 20];
const DAY = 86_400_000; // ms

const after = (seconds: number) => new Promise((done) => setTimeout(done, 1000 * seconds));
const now = () => performance.now() / 1000;
const count = { runs: 0, suites: 0, kills: 0, jumps: 0, streams: 0, filled: 0, starts: 0 };

const parent = mkdtempSync(join(tmpdir(), "stackelberg-soak-"));
const shelf = join(parent, "disk");
const clock = join(parent, "clock");
mkdirSync(shelf);
writeFileSync(clock, "0");
const disk = smallDisk(shelf);
const cleanups: (() => unknown)[] = [() => rmSync(parent, { recursive: true, force: true })];
if (!("why" in disk)) cleanups.push(() => disk.close());
const cleanUp = async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
};
process.env.SOAK_CLOCK = clock;
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --import ${new URL("support/clock.mjs", import.meta.url)}`;

const command = (suite: string) => start(parent, ["suite", "run", "soak.yaml", "--out", suite, "--with", "jobs=2"]);

/** Does something at random times, until told to stop. */
function often(every: number, name: string, what: (rng: ReturnType<typeof seeded>) => unknown): () => Promise<void> {
  const rng = seeded(SEED).stream(name);
  let over = false;
  const work = (async () => {
    while (!over) {
      const until = now() + every * 2 * rng.uniform();
      while (!over && now() < until) await after(0.1);
      if (!over) await what(rng);
    }
  })();
  return () => {
    over = true;
    return work;
  };
}

test("a day's work in an hour: nothing is lost, and nothing grows", async () => {
  onTestFinished(cleanUp);
  writeFileSync(join(parent, "soak.yaml"), JSON.stringify(SUITE));
  const began = now();
  const whole = command(join(parent, "whole"));
  expect(await ended(whole), whole.said().err).toMatchObject({ code: 0 });
  const expected = remainsOf(join(parent, "whole"));
  rmSync(join(parent, "whole"), { recursive: true });
  const games = Object.keys(expected).length;
  expect(games).toBeGreaterThanOrEqual(SUITE.ways.length);
  console.log(`${games} runs of ${SUITE.ways.length} ways that nobody touches: ${(now() - began).toFixed(0)} s`);

  const server = start(parent, ["dashboard", shelf, "--port", "0"]);
  cleanups.push(() => server.kill());
  while (!server.said().out.includes("http")) await after(0.1);
  const url = /http\S+/.exec(server.said().out)![0];
  const page = await openPage(url);
  if (page === undefined) console.warn("the page: skipped, no Chromium");
  else cleanups.push(() => page.close());
  if ("why" in disk) console.warn(`the full disk: skipped, ${disk.why}`);

  const [opened, sights] = [now(), [] as Sight[]];
  const ends: number[] = []; // of suites, s
  const timeIsUp = () => now() - opened > 60 * MINUTES;
  let spared = Number.POSITIVE_INFINITY; // kills at which the suite under way has had its share
  let underWay:
    | { readonly suite: string; readonly child: ReturnType<typeof start>; readonly since: number }
    | undefined;
  cleanups.push(() => underWay?.child.kill());
  const alive = () => underWay !== undefined && underWay.child.exitCode === null && underWay.child.signalCode === null;
  const stops = [
    often(EVERY.kill, "kills", (rng) => {
      if (underWay === undefined || !alive() || timeIsUp() || count.kills >= spared) return;
      const owners = runsIn(underWay.suite).flatMap((run) => lockOwner(run) ?? []);
      const all = rng.uniform() < 0.1;
      if (!all && owners.length === 0) return;
      try {
        process.kill(all ? underWay.child.pid! : owners[rng.integer(owners.length)].pid, "SIGKILL");
        count.kills++;
      } catch {
        // it has just come to its end
      }
    }),
    often(EVERY.jump, "jumps", (rng) => {
      writeFileSync(clock, String(rng.uniform() < 0.3 ? 0 : Math.round((2 * rng.uniform() - 1) * DAY)));
      count.jumps++;
    }),
    often(EVERY.streams, "streams", async () => {
      count.streams += await openAndDrop(url);
    }),
    often(EVERY.look, "looks", async () => {
      const held = heldBy(server.pid!);
      if (held === undefined) return;
      const old = alive() && now() - underWay!.since > STRIDE;
      const suite = old ? heldBy(underWay!.child.pid!) : undefined;
      sights.push({ seconds: now() - opened, server: held, suite, page: await page?.memory() });
    }),
  ];

  while (!timeIsUp()) {
    const suite = join(shelf, `day-${++count.suites}`);
    spared = count.kills + KILLS_A_RUN * games;
    let hasBeenFull = "why" in disk;
    const filling = often(2, `disk ${count.suites}`, async () => {
      if (hasBeenFull || "why" in disk || runsIn(suite).length < games / 2) return;
      hasBeenFull = true;
      count.filled++;
      disk.fill();
      await after(FULL_FOR);
      disk.free();
    });
    for (let code: number | null = null; code !== 0; count.starts++) {
      underWay = { suite, child: command(suite), since: now() };
      const end = await ended(underWay.child);
      code = end.code;
      // A command that finds no room says so in a line and ends; it is started again, as its user would.
      if (end.signal === null && code !== 0) {
        const { err } = underWay.child.said();
        expect(err, "the command's error").not.toMatch(/\n\s+at /);
        expect(err).toMatch(/ENOSPC|no space|room/i);
        await after(1);
      }
    }
    underWay = undefined;
    ends.push(now() - opened);
    await filling();
    expect(remainsOf(suite), suite).toEqual(expected);
    for (const run of runsIn(suite))
      expect(readdirSync(run).filter((name) => /lock|tmp|damaged|aside/.test(name))).toEqual([]);
    count.runs += games;
    rmSync(suite, { recursive: true });
    console.log(`suite ${count.suites}: ${((now() - opened) / 60).toFixed(1)} min, ${JSON.stringify(count)}`);
  }
  for (const stop of stops) await stop();
  expect(server.exitCode, server.said().err).toBeNull();
  expect(page?.complaints ?? []).toEqual([]);

  const [first, last] = [ends.find((end) => end > EARLY) ?? ends[0], ends[ends.length - 1]];
  const rows = [
    ["server's memory, MiB", (sight: Sight) => sight.server.memory, MORE_MEMORY],
    ["server's open files", (sight: Sight) => sight.server.files, undefined],
    ["page's memory, MiB", (sight: Sight) => sight.page, MORE_MEMORY],
    ["suite command's memory, MiB", (sight: Sight) => sight.suite?.memory, MORE_MEMORY],
    ["suite command's open files", (sight: Sight) => sight.suite?.files, undefined],
  ] as const;
  const measured = rows.map(([name, of, factor]) => ({
    name,
    factor,
    early: over(sights, first - WHILE, first, of),
    late: over(sights, last - WHILE, last, of),
    most: Math.max(...sights.flatMap((sight) => of(sight) ?? [])),
  }));
  console.log(`${((now() - opened) / 60).toFixed(1)} minutes on ${url}: ${JSON.stringify(count)}, 0 lost`);
  console.log(`| | after ${(first / 60).toFixed(1)} min | at the end | most |\n|---|---|---|---|`);
  for (const { name, early, late, most } of measured)
    console.log(`| ${name} | ${early.toFixed(1)} | ${late.toFixed(1)} | ${most.toFixed(1)} |`);
  if (MINUTES >= WHOLE) {
    expect(count.runs).toBeGreaterThanOrEqual(LEAST_RUNS);
    expect(count.kills).toBeGreaterThanOrEqual(LEAST_KILLS);
  }
  for (const { name, early, late, factor } of measured) {
    if (Number.isNaN(early) || Number.isNaN(late)) continue; // no browser, or no command was old enough just then
    if (factor === undefined) expect(late, name).toBeLessThanOrEqual(early + MORE_FILES);
    else expect(late, name).toBeLessThanOrEqual(early * factor);
  }
});
