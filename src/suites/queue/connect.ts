import type { Queue, Worker } from "bullmq";
import { ConfigError } from "../../errors/errors.js";
import { shown } from "../../errors/requirement.js";
import type { QueueAddress } from "./address.js";
import { loadBullMQ } from "./packages.js";
import { reasonOf } from "./patience.js";

/** The queue that suites share unless another is named. */
export const QUEUE_NAME = "stackelberg";
/** @throws {ConfigError} where the engine would not take it as a queue's name */
export function queueName(where: string, text = QUEUE_NAME): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text;
  throw new ConfigError(
    where,
    `must be a name of letters, digits, ".", "-" and "_", got ${shown(text)}`,
    `For instance ${where}${where.startsWith("--with ") ? "=" : " "}night`,
  );
}

/** How long an engine may take to be there, and to let go of a connection, ms. */
const READY = 10_000;
const GONE = 2000;
/** Our jobs may be begun any number of times, so BullMQ never gives one up because its workers died. */
const MAX_STALLED = 1_000_000;

/** A queue and where it is. */
export interface QueuePlace {
  readonly address: QueueAddress;
  readonly name: string;
}

/** What a worker tells BullMQ of itself. */
export interface WorkerPlace extends QueuePlace {
  /** Who it is, for `suite status`. */
  readonly worker: string;
  /** After how many ms without a sign of life its runs are given to others. */
  readonly patience: number;
}

/** Opens a queue, to hand runs in and to ask. @throws {ConfigError} where it cannot be reached, or refuses */
export async function openQueue(place: QueuePlace): Promise<Queue> {
  const bullmq = await loadBullMQ(place.address);
  return ready(place, new bullmq.Queue(place.name, { connection: connectionOf(place) }, backendOf(bullmq, place)));
}

/** Opens what takes runs from a queue; it takes none by itself. @throws {ConfigError} as `openQueue` */
export async function openWorker(place: WorkerPlace): Promise<Worker> {
  const bullmq = await loadBullMQ(place.address);
  const options = {
    connection: connectionOf(place),
    name: place.worker,
    autorun: false,
    lockDuration: place.patience,
    stalledInterval: place.patience,
    maxStalledCount: MAX_STALLED,
  };
  return ready(place, new bullmq.Worker(place.name, null, options, backendOf(bullmq, place)));
}

const connectionOf = ({ address: { engine, url } }: QueuePlace) =>
  engine === "redis" ? { url, maxRetriesPerRequest: null } : { connectionString: url, migrate: true, max: 2 };

const backendOf = ({ createPostgresBackend }: typeof import("bullmq"), { address }: QueuePlace) =>
  (address.engine === "postgres" ? createPostgresBackend : undefined) as undefined; // the connection's type goes with it

/** Waits until a connection stands: an engine that cannot be reached is tried for ever else. */
async function ready<Made extends Queue | Worker>({ address }: QueuePlace, made: Made): Promise<Made> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<unknown>((resolve, reject) => {
      (made as Queue).on("error", reject);
      timer = setTimeout(() => reject(new Error(`no answer within ${READY / 1000} s`)), READY);
      made.waitUntilReady().then(resolve, reject);
    });
    return made;
  } catch (cause) {
    void letGo(made);
    throw new ConfigError(
      address.shown,
      `the queue cannot be reached: ${reasonOf(cause)}`,
      "Start it, or correct the address, its user and its password. Nothing is lost: the same command goes on",
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Closes a connection, also one that stands no longer. */
export async function letGo(made: Queue | Worker): Promise<void> {
  const late = new Promise<void>((done) => setTimeout(done, GONE).unref());
  // With an engine that is away there is nobody to take leave of.
  await Promise.race([("getNextJob" in made ? made.close(true) : made.close()).catch(() => {}), late]);
}
