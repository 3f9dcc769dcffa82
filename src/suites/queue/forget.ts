import { letGo, openQueue, type QueuePlace } from "./connect.js";
import { WAITING } from "./queue-executor.js";
import { jobData } from "./queue-job.js";

/**
 * Takes the runs of a suite that was removed out of a queue.
 *
 * @param directory where it was
 * @returns how many waited
 * @throws {ConfigError} where the queue cannot be reached
 */
export async function forgetSuite(place: QueuePlace, directory: string): Promise<number> {
  const queue = await openQueue(place);
  try {
    let removed = 0;
    for (const job of await queue.getJobs([...WAITING]))
      if (job?.id !== undefined && jobData(job.data)?.directory === directory) removed += await queue.remove(job.id);
    return removed;
  } finally {
    await letGo(queue);
  }
}
