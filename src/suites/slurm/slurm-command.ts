import { spawn } from "node:child_process";
import { ConfigError } from "../../errors/errors.js";

/**
 * Calls one of Slurm's commands.
 *
 * @param input what it reads
 * @returns what it wrote
 * @throws {ConfigError} in Slurm's own words where it refuses; where Slurm is not installed here
 */
export function slurm(command: string, line: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, line, { stdio: ["pipe", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    child.stdin.on("error", () => {}); // it ended before it read: its exit code says why
    child.on("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new ConfigError(
          command,
          cause.code === "ENOENT" ? "there is no such command here" : cause.message,
          "Call this on a machine from which jobs go to Slurm, or use another executor with --on",
          { cause },
        ),
      ),
    );
    child.on("close", (code) =>
      code === 0
        ? resolve(out)
        : reject(
            new ConfigError(
              command,
              `Slurm says: ${(err.trim() || out.trim() || `exit code ${code}`).replaceAll(/^\w+: (?:error: )?/gm, "")}`,
              "Correct the options (--with), or ask those who run the cluster. Nothing is lost: the same command goes on",
            ),
          ),
    );
    child.stdin.end(input);
  });
}
