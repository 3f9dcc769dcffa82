import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { parts } from "../../../src/cli/parts.js";
import { type Dashboard, type DashboardOptions, openDashboard } from "../../../src/dashboard/server/server.js";
import type { LiveState } from "../../../src/dashboard/shared/protocol.js";
import { openTestCompute } from "../../support/engines.js";

/** What the dashboard stands on, in tests that run from sources. */
export const surroundings = (cwd: string): Omit<DashboardOptions, "roots"> => ({
  cwd,
  openTask: async (_, { task }) => parts.createTask(task.id, task.options),
  openCompute: () => openTestCompute({ workers: 1 }),
  solvedReturn: () => null,
  port: 0,
});

/** Directories and servers that go when a test ends. */
export function useDashboards() {
  const cleanups: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const clean of cleanups.splice(0).reverse()) await clean();
  });
  return {
    folder(): string {
      const folder = mkdtempSync(join(tmpdir(), "stackelberg-dashboard-"));
      cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
      return folder;
    },
    async serve(cwd: string, options: Partial<DashboardOptions> = {}): Promise<Dashboard> {
      const page = join(cwd, ".page");
      for (const part of ["assets", "worker"]) mkdirSync(join(page, part), { recursive: true });
      writeFileSync(join(page, "index.html"), "<!doctype html><title>page</title>");
      writeFileSync(join(page, "assets", "index-Abc.js"), "0");
      writeFileSync(join(page, "worker", "physics-worker.js"), "0");
      const dashboard = await openDashboard({ ...surroundings(cwd), page, roots: ["runs"], ...options });
      cleanups.push(() => dashboard.close());
      return dashboard;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/**
 * A request as it stands: `fetch` would tidy the path and set its own headers. Each has a connection of its own: one
 * that is kept is closed by the server after five seconds, which it may have been blocked for by the test itself.
 */
export function ask(
  dashboard: Dashboard,
  path: string,
  { method = "GET", headers = {} }: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(dashboard.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    sent.on("error", reject).end();
  });
}

export const askJson = async <T>(dashboard: Dashboard, path: string): Promise<T> =>
  JSON.parse((await ask(dashboard, path)).text) as T;

/**
 * The pushes of a server, one after the other, until `enough` says so.
 *
 * @param meanwhile is done after the first push, so that what it changes can only be seen in a later one
 */
export function pushes(
  dashboard: Dashboard,
  enough: (state: LiveState) => boolean,
  meanwhile: () => void | Promise<void> = () => {},
): Promise<LiveState> {
  let isFirst = true;
  return new Promise((resolve, reject) => {
    const sent = request(`${dashboard.url}api/live`, { agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const data = /(?:^|\n)data: ([^\n]*)/.exec(text.slice(0, end))?.[1];
          text = text.slice(end + 2);
          if (isFirst) void meanwhile();
          isFirst = false;
          if (data === undefined || !enough(JSON.parse(data) as LiveState)) continue;
          sent.destroy();
          resolve(JSON.parse(data) as LiveState);
        }
      });
    });
    sent.on("error", reject).end();
  });
}
