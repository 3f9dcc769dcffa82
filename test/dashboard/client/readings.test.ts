import { afterEach, expect, test, vi } from "vitest";
import { type Kind, Readings } from "../../../src/dashboard/client/readings.js";

afterEach(() => vi.unstubAllGlobals());

/** A log of three bytes, of which what was read is their text. */
const TEXT: Kind<{ text: string }> = {
  empty: () => ({ text: "" }),
  address: (run, _, bytes) => `/${run}?from=${bytes}`,
  async take(content, { bytes }, answer) {
    const more = await answer.text();
    content.text += more;
    return bytes + more.length;
  },
};

test("what was read of a run is kept while it is there, and while somebody shows it; else it is forgotten", async () => {
  const fetched = vi.fn(async (address: string) => new Response(address.endsWith("from=0") ? "abc" : ""));
  vi.stubGlobal("fetch", fetched);
  const there = new Set(["run"]);
  const metricsOf = (run: string) => (there.has(run) ? { generation: "1", bytes: 3 } : undefined);
  const readings = new Readings(TEXT, metricsOf as never, () => {});
  const leave = readings.watch("run");
  await expect.poll(() => readings.of("run")?.text).toBe("abc");

  there.clear();
  readings.refresh();
  expect(readings.of("run")?.text).toBe("abc"); // somebody still shows it
  leave();
  there.add("run");
  readings.refresh();
  expect(readings.of("run")?.text).toBe("abc"); // for whoever comes back to it
  there.clear();
  readings.refresh();
  expect(readings.of("run")).toBeUndefined();

  there.add("run");
  readings.watch("run");
  await expect.poll(() => readings.of("run")?.text).toBe("abc");
  expect(fetched).toHaveBeenCalledTimes(2);
});
