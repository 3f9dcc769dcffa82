import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ownHosts } from "../../../src/dashboard/server/respond.js";
import { MetricLog } from "../../../src/dashboard/shared/metric-log.js";
import type { LiveState, RunDetail, RunEntry } from "../../../src/dashboard/shared/protocol.js";
import { COMPARED, type CurvesAnswer, RunCurves } from "../../../src/dashboard/shared/run-curves.js";
import { ConfigError, StorageError } from "../../../src/errors/errors.js";
import { checkpointPath } from "../../../src/runs/checkpoint.js";
import { metricsPath } from "../../../src/runs/metrics-log.js";
import { RunStore } from "../../../src/runs/store.js";
import { fakeEvent, fakeSettings, fakeTask } from "../../runs/support/fake.js";
import { fakeRun } from "../support/fake-runs.js";
import { uncaughtDuring } from "../support/process.js";
import { ask, askJson, pushes, useDashboards } from "../support/served.js";

const { folder, serve } = useDashboards();

const anything = () => true;
/** The machine may be busy. */
const PATIENCE = { timeout: 20_000 };
const only = async (dashboard: Parameters<typeof pushes>[0]): Promise<RunEntry> => {
  const { runs } = await pushes(dashboard, anything);
  expect(runs).toHaveLength(1);
  return runs[0];
};
/** Every file below a directory with its content and time. */
const contents = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => join(directory, name))
    .map((path) => (statSync(path).isFile() ? [path, readFileSync(path, "hex"), statSync(path).mtimeMs] : [path]));

describe("what is served", () => {
  test("is a page under a policy that lets nothing in from elsewhere, nor anything inline", async () => {
    const dashboard = await serve(folder());
    expect(new URL(dashboard.url).hostname).toBe("127.0.0.1");
    const { status, headers } = await ask(dashboard, "/");
    const policy = String(headers["content-security-policy"]);
    expect([status, headers["x-content-type-options"]]).toEqual([200, "nosniff"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
    const worker = await ask(dashboard, "/worker/physics-worker.js");
    expect([worker.status, worker.headers["content-security-policy"]]).toEqual([200, policy]);
  });

  test("is kept by a browser where its name has a checksum, and asked for again otherwise", async () => {
    const dashboard = await serve(folder());
    const kept = async (path: string) => (await ask(dashboard, path)).headers["cache-control"];
    expect(await kept("/assets/index-Abc.js")).toContain("immutable");
    expect(await kept("/worker/physics-worker.js")).toBe("no-store");
  });

  test.each([
    "/../package.json",
    "/assets/../../package.json",
    "/assets/%2e%2e/%2e%2e/runs/one/config.json",
    "/..%2f..%2fetc/passwd",
    "/runs/one/config.json",
    "/api/runs/..%2f..%2fetc",
    "/api/runs/../../etc/metrics",
    "/api/nothing",
  ])("is nothing for %s", async (path) => {
    const cwd = folder();
    await fakeRun(join(cwd, "runs/one"), 1);
    expect((await ask(await serve(cwd), path)).status).toBe(404);
  });

  test("is refused to other methods, other names of this machine, and pages of other sites", async () => {
    const dashboard = await serve(folder());
    const { host } = new URL(dashboard.url);
    expect((await ask(dashboard, "/", { method: "POST" })).status).toBe(405);
    expect((await ask(dashboard, "/", { headers: { host: "evil.example" } })).status).toBe(403);
    expect((await ask(dashboard, "/api/runs/a", { headers: { host, "sec-fetch-site": "cross-site" } })).status).toBe(
      403,
    );
    const link = { host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await ask(dashboard, "/", { headers: link })).status).toBe(200); // a link on another page may lead here
  });

  test("may be asked for by every number of a machine that it is served to, by a name never", () => {
    const everywhere = ownHosts("0.0.0.0", 6173);
    expect(["192.168.0.7:6173", "[fe80::1]:6173", "localhost:6173"].map(everywhere)).toEqual([true, true, true]);
    expect(["evil.example:6173", "192.168.0.7:80", "192.168.0.7.evil.example:6173"].map(everywhere)).toEqual([
      false,
      false,
      false,
    ]);
    expect(ownHosts("127.0.0.1", 6173)("192.168.0.7:6173")).toBe(false);
    expect(ownHosts("::1", 6173)("[::1]:6173")).toBe(true);
  });

  test("is asked for with GET and HEAD, and says so; to HEAD it comes without a body, the stream too", async () => {
    const cwd = folder();
    await fakeRun(join(cwd, "runs/one"), 1);
    const dashboard = await serve(cwd);
    const { id } = await only(dashboard);
    expect((await ask(dashboard, "/", { method: "DELETE" })).headers.allow).toBe("GET, HEAD");
    for (const path of ["/", "/api/live", `/api/runs/${id}`, `/api/runs/${id}/metrics`, "/nothing"]) {
      const { status, text } = await ask(dashboard, path, { method: "HEAD" });
      expect([status, text], path).toEqual([path === "/nothing" ? 404 : 200, ""]);
    }
  });

  test.each([
    ["//", 404],
    ["//evil.example/", 404],
    ["http://[", 400],
    ["https://localhost/", 400],
    ["*", 400],
    ["http://evil.example/", 403],
  ])("is refused in words where the address is %s", async (path, status) => {
    expect(await ask(await serve(folder()), path)).toMatchObject({
      status,
      text: expect.stringMatching(/^\{"error":/),
    });
  });

  test("may be asked for by its whole address, as a proxy does", async () => {
    const dashboard = await serve(folder());
    expect((await ask(dashboard, dashboard.url)).status).toBe(200);
    expect((await ask(dashboard, dashboard.url, { headers: { host: "evil.example" } })).status).toBe(403);
  });

  test("has names that are the same in capitals, with a dot at the end, and on port 80 without the port", () => {
    const ours = ownHosts("127.0.0.1", 6173);
    expect(["LOCALHOST:6173", "Localhost.:6173", "[::1]:6173"].map(ours)).toEqual([true, true, true]);
    expect(["localhost", "localhost:80", "localhost:6173:6173", "localhost..:6173", "", ":6173"].map(ours)).toEqual(
      Array(6).fill(false),
    );
    const on80 = ownHosts("My-Machine", 80);
    expect(["localhost", "127.0.0.1", "[::1]", "localhost:80", "my-machine", "MY-MACHINE."].map(on80)).toEqual(
      Array(6).fill(true),
    );
    expect(["evil.example", "localhost:6173", "localhost.evil.example", "192.168.0.7"].map(on80)).toEqual(
      Array(4).fill(false),
    );
    expect(["192.168.0.7", "[FE80::1]"].map(ownHosts("::", 80))).toEqual([true, true]);
  });

  test("is not ended by whoever goes in the middle of an answer", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 1);
    const line = `${JSON.stringify(fakeEvent(2))}\n`;
    appendFileSync(metricsPath(run), line.repeat(8000)); // more than a socket takes at once
    const uncaught = await uncaughtDuring(async () => {
      const dashboard = await serve(cwd);
      const { id } = await only(dashboard);
      const { hostname, port, host } = new URL(dashboard.url);
      for (const path of ["/api/live", `/api/runs/${id}/metrics`, `/api/runs/${id}`, "/"]) {
        const socket = connect(Number(port), hostname);
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        await new Promise((resolve) => socket.once("data", resolve));
        socket.resetAndDestroy();
      }
      expect((await ask(dashboard, "/")).status).toBe(200);
    });
    expect(uncaught).toEqual([]);
  });

  test("is held by so many connections at most, and there again when they go", async () => {
    const dashboard = await serve(folder());
    const { hostname, port } = new URL(dashboard.url);
    const sockets = Array.from({ length: 150 }, () => connect(Number(port), hostname).on("error", () => {}));
    await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length, PATIENCE).toBe(150 - 128);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => ask(dashboard, "/").then(({ status }) => status, String), PATIENCE).toBe(200);
  });

  test("changes nothing in the run", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 3);
    const before = contents(run);
    const dashboard = await serve(cwd);
    const { id } = await only(dashboard);
    for (const path of ["", "/metrics", "/lab?checkpoint=3", "/scene?checkpoint=3", "/policy.onnx?checkpoint=3"]) {
      await ask(dashboard, `/api/runs/${id}${path}`);
    }
    expect(contents(run)).toEqual(before);
  });

  test("comes from the next free port where the one asked for is not given, and says so where it is", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    await expect(serve(folder(), { port })).rejects.toThrow(StorageError);
    taken.close();
  });

  test.each([-1, 65_536, 99_999, 1.5, Number.NaN])("comes from no port %s", async (port) => {
    await expect(serve(folder(), { port })).rejects.toThrow(/^port: must be a whole number from 0 to 65535, got/);
  });

  test("is never served to everybody by a host that was left empty", async () => {
    await expect(serve(folder(), { host: "" })).rejects.toThrow(ConfigError);
  });

  test("needs the built page", async () => {
    const cwd = folder();
    await expect(serve(cwd, { page: join(cwd, "none") })).rejects.toThrow(/npm run build/);
  });
});

describe("the list of runs", () => {
  test("holds the runs below the directories given, each with its state", async () => {
    const cwd = folder();
    await fakeRun(join(cwd, "runs/one"), 4);
    await fakeRun(join(cwd, "runs/deeper/two"), 2, 5);
    const { runs } = await pushes(await serve(cwd), anything);
    expect(runs.map(({ name, status }) => [name, status])).toEqual([
      ["two", "finished"],
      ["one", "finished"],
    ]);
    const [, one] = runs;
    expect(one.digest).toMatchObject({ iterations: 4, samples: 400 });
    expect(one.identity).toMatchObject({ algorithm: "pal", task: "fake-v0", seed: 3, maxSamples: 1000 });
    expect(one.checkpoints).toEqual([4, 3]);
  });

  test("is empty where there is nothing yet, and a run appears in it by itself", async () => {
    const cwd = folder();
    const dashboard = await serve(cwd);
    expect((await pushes(dashboard, anything)).runs).toEqual([]);
    const begin = async () => void (await fakeRun(join(cwd, "runs/one"), 1));
    const appeared = await pushes(dashboard, ({ runs }) => runs.length > 0, begin);
    expect(appeared.runs[0]).toMatchObject({ name: "one" });
  });

  test("is pushed anew when a line is written, and metrics go on from the byte that was read", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 2);
    const dashboard = await serve(cwd);
    const { id, metrics } = await only(dashboard);
    const whole = readFileSync(metricsPath(run), "utf8");
    expect((await ask(dashboard, `/api/runs/${id}/metrics`)).text).toBe(whole);
    const line = `${JSON.stringify(fakeEvent(3))}\n`;
    const grown = await pushes(
      dashboard,
      ({ runs }) => runs[0].digest.iterations === 3,
      () => appendFileSync(metricsPath(run), `${line}{"type":"iteration","torn`),
    );
    expect(grown.runs[0].metrics.bytes).toBe(whole.length + line.length);
    expect((await ask(dashboard, `/api/runs/${id}/metrics?from=${metrics.bytes}`)).text).toBe(line); // never half a line
  });

  test("gives what is compared of a log as columns, from the iteration on that is asked for, and says of what they are", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 3);
    const dashboard = await serve(cwd);
    const { id, metrics } = await only(dashboard);
    const log = new MetricLog();
    log.add(readFileSync(metricsPath(run), "utf8"));
    const curves = new RunCurves();
    const firstTwo = (columns: CurvesAnswer["columns"]) =>
      Object.fromEntries(
        Object.entries(columns).map(([name, all]) => [name, all.slice(0, 2)]),
      ) as unknown as typeof columns;
    for (const from of [0, 2]) {
      const { columns, ...of } = await askJson<CurvesAnswer>(dashboard, `/api/runs/${id}/curves?from=${from}`);
      expect(of).toEqual(metrics);
      expect(columns.samples).toEqual([...log.column("samples").subarray(from)]);
      curves.add(from === 0 ? firstTwo(columns) : columns);
    }
    expect([curves.count, [...curves.elapsed()]]).toEqual([3, [...log.elapsed()]]);
    for (const name of COMPARED) {
      expect([...curves.column(name)], name).toEqual([...log.column(name)]); // NaN where the log has none
      expect(curves.last(name), name).toBe(log.last(name));
    }
  });

  test("says that a resumed run's log is another file, though it has grown past the first", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 3);
    const dashboard = await serve(cwd);
    const before = (await only(dashboard)).metrics.generation;
    RunStore.resume(run).close();
    expect((await only(dashboard)).metrics.generation).not.toBe(before);
  });
});

describe("files that are not as they should be", () => {
  test("a line that is no event is named, and the rest is there", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 3);
    const lines = readFileSync(metricsPath(run), "utf8").split("\n");
    lines[2] = lines[2].slice(0, 40);
    writeFileSync(metricsPath(run), lines.join("\n"));
    const { digest, problems, status } = await only(await serve(cwd));
    expect(problems).toEqual([expect.stringMatching(/line 3/)]);
    expect([digest.iterations, status]).toEqual([2, "finished"]);
    expect(digest.lights[0]).toMatchObject({ name: "numbers", level: "warn" });
  });

  test("a run of a newer version is said to be one; its metrics are there", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 2);
    const config = { ...JSON.parse(readFileSync(join(run, "config.json"), "utf8")), format: "stackelberg-run/9" };
    writeFileSync(join(run, "config.json"), JSON.stringify({ ...config, versions: { stackelberg: "9.0.0" } }));
    const dashboard = await serve(cwd);
    const { identity, problems, digest, id } = await only(dashboard);
    expect(identity).toBeNull();
    expect(problems[0]).toMatch(/another version.*9\.0\.0/);
    expect(digest.iterations).toBe(2);
    const detail = await askJson<RunDetail>(dashboard, `/api/runs/${id}`);
    expect(detail).toMatchObject({ config: { format: "stackelberg-run/9" } });
    const { steps } = fakeSettings().npg; // the stored values are shown, though nobody here can say where they came from
    expect(detail.settings).toContainEqual({
      key: "npg.steps",
      value: steps,
      help: "",
      origin: "not known here",
      own: false,
    });
  });

  test("a half-written checkpoint is named, and asking for it is answered with what is wrong", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 3);
    const file = join(checkpointPath(run, 3), "policy.safetensors");
    writeFileSync(file, readFileSync(file).subarray(0, 20));
    const dashboard = await serve(cwd, { openTask: async () => fakeTask });
    const { id } = await only(dashboard);
    const { checkpoints } = await askJson<RunDetail>(dashboard, `/api/runs/${id}`);
    expect(checkpoints).toEqual([
      { iteration: 3, problem: expect.stringMatching(/policy\.safetensors.*20 bytes/) },
      { iteration: 2, problem: null },
    ]);
    const { status, text } = await ask(dashboard, `/api/runs/${id}/policy.onnx?checkpoint=3`);
    expect([status, JSON.parse(text).error]).toEqual([422, expect.stringMatching(/20 bytes/)]);
    expect((await ask(dashboard, `/api/runs/${id}/lab?checkpoint=x`)).status).toBe(400);
  });

  test("a run whose settings are another version's still has its task: entries have their names", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 1);
    const config = JSON.parse(readFileSync(join(run, "config.json"), "utf8"));
    config.settings.data.bufferSize = undefined;
    writeFileSync(join(run, "config.json"), JSON.stringify(config));
    const dashboard = await serve(cwd, { openTask: async () => fakeTask });
    const { id } = await only(dashboard);
    const detail = await askJson<RunDetail>(dashboard, `/api/runs/${id}`);
    expect(detail.problems).toEqual([expect.stringContaining("data.bufferSize")]);
    expect(detail.task?.observations).toEqual(fakeTask.observation.names);
    expect(detail.settings.map(({ key }) => key)).toContain("npg.normalizedStepSize");
  });

  test("metrics that cannot be read at all are said to be so, and the other runs are there", async () => {
    const cwd = folder();
    await fakeRun(join(cwd, "runs/one"), 2);
    const other = await fakeRun(join(cwd, "runs/two"), 1);
    rmSync(metricsPath(other));
    mkdirSync(metricsPath(other)); // a directory in its place: opening works, reading does not
    const { runs } = await pushes(await serve(cwd), anything);
    expect(runs.map(({ name, digest }) => [name, digest.iterations])).toEqual([
      ["one", 2],
      ["two", 0],
    ]);
    expect(runs[1]).toMatchObject({
      status: "unreadable", // whether it has ended stands in what cannot be read
      problems: [expect.stringMatching(/metrics\.jsonl cannot be read/)],
    });
  });

  test("a log that was cut short in place is read again from its beginning", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 3);
    const dashboard = await serve(cwd);
    const before = await only(dashboard);
    truncateSync(metricsPath(run), before.metrics.bytes - 1); // half of the last line is no line
    const after = await only(dashboard);
    expect(after.metrics.bytes).toBeLessThan(before.metrics.bytes);
    expect(after.metrics.generation).not.toBe(before.metrics.generation);
    expect([before.status, after.status]).toEqual(["finished", "killed"]); // the end is gone
  });

  test("a directory with metrics alone is a run too; an empty one is none", async () => {
    const cwd = folder();
    mkdirSync(join(cwd, "runs/empty"), { recursive: true });
    mkdirSync(join(cwd, "runs/bare"));
    writeFileSync(join(cwd, "runs/bare/metrics.jsonl"), `${JSON.stringify(fakeEvent(1))}\n`);
    const entry = await only(await serve(cwd));
    expect(entry).toMatchObject({ name: "bare", status: "unreadable", digest: { iterations: 1 } } satisfies Partial<
      Record<keyof RunEntry, unknown>
    >);
  });
});

test("every push is whole: a page that finds another server knows all that it needs", async () => {
  const cwd = folder();
  await fakeRun(join(cwd, "runs/one"), 2);
  const first = await serve(cwd);
  const before: LiveState = await pushes(first, anything);
  const port = Number(new URL(first.url).port);
  await first.close();
  expect(await pushes(await serve(cwd, { port }), anything)).toEqual(before);
});
