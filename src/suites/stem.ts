import { createHash } from "node:crypto";
import type { Suite } from "./frozen-suite.js";

/** What the names of our jobs begin with, at every engine. */
export const PREFIX = "stackelberg";

/** What the names of this suite's jobs begin with: the same on all machines that see the directory at the same place. */
export const stemOf = ({ name, created, directory }: Pick<Suite, "name" | "created" | "directory">): string =>
  `${PREFIX}-${name}-${createHash("sha256").update(`${created} ${directory}`).digest("hex").slice(0, 12)}-`;
