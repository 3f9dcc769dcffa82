import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PYTHON } from "../../src/bridges/gym/gym-server.js";
import { CODES } from "../../src/bridges/protocol.js";
import { cli, jsonLines } from "../cli/support/harness.js";
import { hasGymnasium, python } from "../support/gymnasium.js";

const SCRIPT = "python/gym_server.py";

test("the Python server has the same codes", () => {
  const source = readFileSync(SCRIPT, "utf8");
  for (const [name, code] of Object.entries(CODES)) {
    const spoken = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    const [, names, codes] = source.split("\n").flatMap((line) => {
      const found = /^([A-Z_, ]+) = ([-\d, ]+)$/.exec(line);
      return found?.[1].split(", ").includes(spoken) ? [found] : [];
    })[0];
    expect(codes.split(", ").map(Number)[names.split(", ").indexOf(spoken)], name).toBe(code);
  }
});

/** A conversation with a task of one action, in which much is wrong. */
const asked = (size: number): readonly string[] => {
  const request = (method: string, params?: object) => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const still = new Array<number>(size).fill(0);
  return [
    request("spec"),
    request("make"),
    request("make"),
    "{",
    "[1]",
    '{"jsonrpc":"1.0","id":3,"method":"spec"}',
    request("toString"),
    request("reset"),
    request("reset", { worlds: [7], seeds: [0] }),
    request("reset", { worlds: [0], seeds: [] }),
    request("step", { worlds: [0], actions: [still] }),
    request("step", { worlds: [0, 0], actions: [still, still] }),
    request("reset", { worlds: [0, 1], seeds: [3, 4] }),
    request("step", { worlds: [0, 1], actions: [still] }),
    request("step", { worlds: [0, 1], actions: [[...still, 0], still] }),
    request("step", { worlds: [0, 1], actions: [still, still] }),
    '{"jsonrpc":"2.0","method":"make"}',
    request("close", { worlds: [0] }),
    request("step", { worlds: [0], actions: [still] }),
    request("step", { worlds: [1, 2], actions: [still, still] }),
  ];
};

/** What is the same of all servers: the code of an error, or which parts a result has. */
const outline = (answers: readonly unknown[]) =>
  (answers as { result?: unknown; error?: { code: number } }[]).map(({ result, error }) =>
    error !== undefined
      ? error.code
      : typeof result === "object" && result !== null
        ? Object.keys(result)
            .filter((key) => key !== "successes")
            .sort()
        : result,
  );

describe.skipIf(!hasGymnasium)(
  `Gymnasium itself (skipped where ${python} cannot import it; ${PYTHON} names another)`,
  () => {
    test("both servers answer alike, right messages and wrong ones", async () => {
      const ours = await cli(["serve-task", "inverted-pendulum"], {
        cwd: ".",
        input: asked(1).map((line) => `${line}\n`),
      });
      const theirs = execFileSync(python, [SCRIPT, "Pendulum-v1", '{"max_episode_steps": 5}'], {
        input: asked(1).join("\n"),
        encoding: "utf8",
      });
      const [mine, other] = [ours.out, theirs].map((text) => outline(jsonLines(text)));
      expect(other).toEqual(mine);
      expect(mine).toHaveLength(19);
      expect(mine.slice(3, 12)).toEqual([-32700, -32600, -32600, -32601, -32602, -32000, -32602, -32000, -32602]);
      expect(mine.slice(12)).toEqual([
        ["observations"],
        -32602,
        -32602,
        ["observations", "rewards", "terminations", "truncations"],
        null,
        -32000,
        -32000,
      ]);
    });

    test("spec says what the environment is", () => {
      const [line] = execFileSync(python, [SCRIPT, "Pendulum-v1"], { input: asked(1)[0], encoding: "utf8" }).split(
        "\n",
      );
      expect(JSON.parse(line).result).toMatchObject({
        id: "Pendulum-v1",
        action: { low: [-2], high: [2] },
        horizon: 200,
        solvedReturn: null,
      });
    });
  },
);
