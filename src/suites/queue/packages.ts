import { ConfigError } from "../../errors/errors.js";
import type { QueueAddress } from "./address.js";

/** The driver that BullMQ loads for each engine. */
const DRIVERS = { redis: "ioredis", postgres: "pg" } as const;

export type BullMQ = typeof import("bullmq");

/**
 * BullMQ, which is an optional part of this package, as its drivers are.
 *
 * @param load tests put their own in its place
 * @throws {ConfigError} that names what is not installed
 */
export async function loadBullMQ(
  { engine }: Pick<QueueAddress, "engine">,
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<BullMQ> {
  const wanted = ["bullmq", DRIVERS[engine]];
  const found = await Promise.allSettled(wanted.map(load));
  const lacking = wanted.filter((_, i) => found[i].status === "rejected");
  if (lacking.length === 0) return (found[0] as PromiseFulfilledResult<BullMQ>).value;
  throw new ConfigError(
    "queue",
    `this needs ${lacking.length === 1 ? "the package" : "the packages"} ${lacking.join(" and ")}, which ${lacking.length === 1 ? "is" : "are"} not here`,
    `Run \`npm install ${lacking.join(" ")}\` where stackelberg is installed`,
    { cause: (found.find(({ status }) => status === "rejected") as PromiseRejectedResult).reason },
  );
}
