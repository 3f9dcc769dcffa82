import { appended, type Experience, emptyExperience, type UnderWay } from "../mdp/experience.js";
import type { Task } from "../mdp/task.js";
import { type NamedTensor, type Part, vector } from "./snapshot.js";
import type { SnapshotReader } from "./snapshot-reader.js";

/** D as a snapshot holds it: `buffer/…`. */
export function keepExperience(data: Experience): Omit<Part, "adamSteps"> {
  const { size, gathered, observationSize, actionSize, underWay } = data;
  const table = (columns: Float32Array, width: number): NamedTensor => ({ shape: [size, width], data: columns });
  return {
    tensors: {
      "buffer/observations": table(data.observations, observationSize),
      "buffer/actions": table(data.actions, actionSize),
      ...(data.drawn && { "buffer/drawn": table(data.drawn, actionSize) }),
      "buffer/next": table(data.next, observationSize),
      "buffer/rewards": vector(data.rewards),
      "buffer/terminal": vector(data.terminal),
      "buffer/index": vector(Int32Array.from({ length: size }, (_, i) => gathered - size + i)),
      "buffer/episode": vector(data.episode),
      ...(underWay && keepUnderWay(underWay)),
    },
    meta: { episodes: data.episodes },
  };
}

const keepUnderWay = ({
  world,
  observation,
  successes,
  memory,
  ...numbers
}: UnderWay): Record<string, NamedTensor> => ({
  "buffer/underWay.world": vector(world),
  "buffer/underWay.observation": vector(observation),
  "buffer/underWay.successes": vector(successes),
  "buffer/underWay.numbers": vector(
    Float64Array.of(numbers.steps, numbers.total, numbers.headTotal, numbers.errorTotal, numbers.errorLast),
  ),
  ...(memory && { "buffer/underWay.memory": vector(memory) }),
});

/** D again. @param draws whether it keeps draws. @throws {StorageError} where a column is missing or has another size */
export function recallExperience(from: SnapshotReader, task: Task, draws = false): Experience {
  const [n, m] = [task.observation.size, task.action.size];
  const size = from.tensor("buffer/episode", Int32Array).length;
  const index = from.tensor("buffer/index", Int32Array, size);
  const columns = {
    observations: from.tensor("buffer/observations", Float32Array, size * n),
    actions: from.tensor("buffer/actions", Float32Array, size * m),
    ...(draws && { drawn: from.tensor("buffer/drawn", Float32Array, size * m) }),
    next: from.tensor("buffer/next", Float32Array, size * n),
    rewards: from.tensor("buffer/rewards", Float64Array, size),
    terminal: from.tensor("buffer/terminal", Uint8Array, size),
    episode: from.tensor("buffer/episode", Int32Array, size),
  };
  // Appending nothing gives the columns a store of their own: what is read back shares no memory with the snapshot.
  const data: Experience = {
    ...emptyExperience(n, m, draws),
    ...columns,
    size,
    gathered: size === 0 ? from.meta.samples : index[size - 1] + 1,
    episodes: from.meta.episodes as number,
  };
  return appended(data, [], Number.POSITIVE_INFINITY, recallUnderWay(from, n));
}

function recallUnderWay(from: SnapshotReader, n: number): UnderWay | null {
  if (!from.has("buffer/underWay.world")) return null;
  const [steps, total, headTotal, errorTotal, errorLast] = from.tensor("buffer/underWay.numbers", Float64Array, 5);
  return {
    world: from.tensor("buffer/underWay.world", Float64Array),
    observation: from.tensor("buffer/underWay.observation", Float32Array, n),
    successes: from.tensor("buffer/underWay.successes", Uint8Array),
    steps: steps,
    total: total,
    headTotal: headTotal,
    errorTotal: errorTotal,
    errorLast: errorLast,
    ...(from.has("buffer/underWay.memory") && { memory: from.tensor("buffer/underWay.memory", Float32Array) }),
  };
}
