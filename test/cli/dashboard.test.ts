import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../runs/support/fake.js";

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

    const report = start(cwd, "report", "run", "-o", "made/report.html");
    expect(await report.ended).toBe(0);
    expect(report.said.out).toMatch(/^made\/report\.html: [\d.]+ MB\n$/);
    const html = readFileSync(join(cwd, "made/report.html"), "utf8");
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
  });
});
