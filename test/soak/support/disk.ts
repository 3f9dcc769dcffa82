import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Room for all runs of a suite, several times over, MiB. */
const SIZE = 192;
const PIECE = Buffer.alloc(1 << 16);

/** A small disk that can be filled up and freed; undefined where this user may not mount one, for the reason that is said. */
export interface SmallDisk {
  fill(): void;
  free(): void;
  close(): void;
}

export function smallDisk(directory: string): SmallDisk | { readonly why: string } {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return { why: "a small disk is mounted by root on Linux" };
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE}m`, "tmpfs", directory], { stdio: "pipe" });
  } catch (error) {
    return { why: `no small disk can be mounted: ${(error as { stderr: Buffer }).stderr.toString().trim()}` };
  }
  const ballast = join(directory, "ballast");
  return {
    fill() {
      const file = openSync(ballast, "a");
      try {
        while (statfsSync(directory).bavail > 0) writeSync(file, PIECE);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    close: () => void execFileSync("umount", ["-l", directory]),
  };
}
