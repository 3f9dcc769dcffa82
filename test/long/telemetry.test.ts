import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../runs/support/fake.js";
import { privateSession } from "../support/private-session.js";

const MINUTES = 3; // the vendor's library looks up a host after one
const STRACE = ["/usr/bin/strace", "/usr/local/bin/strace"].find((path) => existsSync(path));
if (STRACE === undefined) console.warn("strace is not installed: connections are not traced, files are looked at");

test(
  `a session of ${MINUTES} minutes writes nothing outside of its run directory, and asks no host for anything`,
  async () => {
    const folder = temporaryDirectory();
    const trace = join(folder, "trace.txt");
    const train = ["train", "pal", "inverted-pendulum", "--out", "run", "--samples", "10_000_000"];
    const command = [process.execPath, resolve("dist/cli/main.js"), ...train];
    const traced = [
      STRACE ?? "",
      "-D",
      "-f",
      "-qq",
      "--seccomp-bpf",
      "-e",
      "trace=connect,sendto,sendmsg",
      "-o",
      trace,
    ];
    // -D: the session is the process that is spawned, and hears the signal
    const [program, ...args] = STRACE === undefined ? command : [...traced, ...command];
    const { code, output, left } = await privateSession(folder, program, args, 60 * MINUTES);
    expect(output).toMatch(/iteration \d/);
    expect(code).not.toBe(1);
    expect(left).toEqual([]);
    const calls = STRACE === undefined ? "" : readFileSync(trace, "utf8");
    const outside = calls.split("\n").filter((call) => /AF_INET|AF_INET6|nscd|resolve/.test(call));
    expect(outside).toEqual([]);
  },
  60_000 * (MINUTES + 2),
);
