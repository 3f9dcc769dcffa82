import { chownSync, lchownSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Collects what would have ended the process, while `body` goes on. */
export async function uncaughtDuring(body: () => Promise<void>): Promise<readonly unknown[]> {
  const uncaught: unknown[] = [];
  const hear = (error: unknown) => void uncaught.push(error);
  process.on("uncaughtException", hear).on("unhandledRejection", hear);
  try {
    await body();
    await new Promise((resolve) => setTimeout(resolve, 20)); // what a timer or a socket has still to say
  } finally {
    process.off("uncaughtException", hear).off("unhandledRejection", hear);
  }
  return uncaught;
}

const NOBODY = 65_534;

/** Does something with the rights of a user who owns a directory and not more: root may read everything. */
export async function withoutRoot(directory: string, body: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return body();
  chownSync(directory, NOBODY, NOBODY);
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    lchownSync(join(directory, name), NOBODY, NOBODY);
  }
  process.seteuid!(NOBODY);
  try {
    await body();
  } finally {
    process.seteuid!(0);
  }
}
