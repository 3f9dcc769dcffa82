import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { smallRun } from "../../dashboard/support/fake-runs.js";
import { ODD_KINDS } from "../../dashboard/support/odd-runs.js";
import { temporaryDirectory } from "../../runs/support/fake.js";

/** The command as `npm run build` made it, with the page that it serves. */
const MAIN = resolve("dist/cli/main.js");
const SLOW = 60_000; // ms; a start of Node takes seconds where the machine is busy

function start(cwd: string, ...line: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...line], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (said.out += chunk));
  child.stderr.on("data", (chunk) => (said.err += chunk));
  return { child, said, ended: new Promise<number | null>((done) => child.on("close", done)) };
}

/** The address in what a command says, once it is there. */
async function address({ child, said }: { readonly child: ChildProcess; readonly said: { out: string; err: string } }) {
  for (;;) {
    const found = /Dashboard: (http:\S+)/.exec(said.out + said.err)?.[1];
    if (found !== undefined) return found;
    if (child.exitCode !== null) throw new Error(`ended without an address: ${said.out}${said.err}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

const TRAIN =
  "train pal point-mass --samples 300 --set model.hidden=[8] --set model.epochs=1 --set npg.trajectoriesPerModel=4 --set evaluation.episodes=1 --quiet --out run";

describe("stackelberg dashboard, train --dashboard and report", { timeout: SLOW }, () => {
  test("serves the page until Ctrl-C, and then ends well", async () => {
    const run = start(temporaryDirectory(), "dashboard", "--port", "0");
    const url = await address(run);
    expect(await (await fetch(url)).text()).toContain('<div id="page">');
    const policy = (await fetch(url)).headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  test("training shows itself while it goes on, and its page goes with it", async () => {
    const cwd = temporaryDirectory();
    const run = start(cwd, ...TRAIN.split(" "), "--dashboard");
    const url = await address(run);
    const feed = await fetch(`${url}api/live`);
    const reader = feed.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) heard += part.value;
    expect(heard).toContain('"name":"run"'); // the run that it trains, on its own page
    expect(await run.ended).toBe(0);
    expect(existsSync(join(cwd, "run/summary.json"))).toBe(true);

    const report = start(cwd, "report", "run", "-o", "shown.html");
    expect(await report.ended).toBe(0);
    expect(report.said.out).toMatch(/^shown\.html: [\d.]+ MB\n$/);
    const html = readFileSync(join(cwd, "shown.html"), "utf8");
    expect(html).toMatch(/<title>run: stackelberg report<\/title>/);
    // Strict about size: script and style once, the data, and at most 501 states of each actor.
    expect(html.length).toBeLessThan(2_000_000);
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
  });

  test("what is no run, or no .html file, is refused", async () => {
    const cwd = temporaryDirectory();
    const refused = start(cwd, "report", "nothing");
    expect([await refused.ended, refused.said.err]).toEqual([
      2,
      expect.stringContaining("nothing: there is no such run"),
    ]);
    await smallRun(join(cwd, "run"));
    const lost = start(cwd, "report", "run", "-o", "made/report.html");
    expect([await lost.ended, lost.said.err]).toEqual([1, expect.stringContaining("made: there is no such directory")]);
    const page = start(cwd, "dashboard", "run", "typed-wrong", "--port", "0");
    expect([await page.ended, page.said.err]).toEqual([
      1,
      expect.stringContaining("typed-wrong: there is no such directory"),
    ]);
  });

  test("training goes on to its end beside whatever stands in runs, before it begins and while it goes on", async () => {
    const cwd = temporaryDirectory();
    const kinds = Object.values(ODD_KINDS);
    for (const [i, { make }] of kinds.entries()) make(await smallRun(join(cwd, `runs/before-${i}`)));
    const later = await Promise.all(kinds.map((_, i) => smallRun(join(cwd, `later-${i}`))));
    const other = await smallRun(join(cwd, "runs/own-task"));
    const config = JSON.parse(readFileSync(join(other, "config.json"), "utf8"));
    config.task.module = { path: "task.mjs", given: "./task.mjs", sha256: "" };
    writeFileSync(join(other, "config.json"), JSON.stringify(config));
    writeFileSync(join(other, "task.mjs"), "process.exit(7);"); // what runs in the training's own process could do

    const line = TRAIN.replace("--samples 300", "--samples 3000").replace(" --out run", "");
    const run = start(cwd, ...line.split(" "), "--dashboard");
    const url = await address(run);
    const feed = await fetch(`${url}api/live`);
    const reader = feed.body!.pipeThrough(new TextDecoderStream()).getReader();
    let first = "";
    while (!first.includes("\n\n")) first += (await reader.read()).value;
    kinds.forEach(({ make }, i) => {
      make(later[i]);
      renameSync(later[i], join(cwd, `runs/later-${i}`));
    });
    const ids = [...first.matchAll(/"id":"([0-9a-f]{12})"/g)].map(([, id]) => id);
    const answers = await Promise.all(ids.map(async (id) => (await fetch(`${url}api/runs/${id}`)).text()));
    for (let part = await reader.read(); !part.done; part = await reader.read());
    expect(await run.ended, run.said.err).toBe(0);
    expect(run.said.err).not.toMatch(/\n\s+at |Error/);
    expect(answers.join("\n")).toContain("is not loaded beside a training");
    expect(readdirSync(join(cwd, "runs")).some((name) => existsSync(join(cwd, "runs", name, "summary.json")))).toBe(
      true,
    );
  });

  test.each(["99999", "65536"])("refuses --port %s in a sentence", async (port) => {
    const run = start(temporaryDirectory(), "dashboard", "--port", port);
    expect(await run.ended).toBe(2);
    expect(run.said.err).toContain(`--port: must be a whole number from 0 to 65535, got "${port}"`);
    expect(run.said.err).not.toMatch(/\n\s+at /);
  });
});
