import { LATER_GROUPS } from "../../agents/defaults.js";
import type { StreamedConfig } from "../../runs/stream.js";
import { health, timeLeft } from "./health.js";
import type { MetricLog } from "./metric-log.js";
import type { RunDigest, RunIdentity, RunStatus, Seated } from "./protocol.js";
import { WAYS_TABLE } from "./ways-table.js";

const SPARK_POINTS = 60;

/** What a run is, from its config.json. */
export function identityOf(head: StreamedConfig, solvedReturn: number | null): RunIdentity {
  const { algorithm, task, preset, seed, settings, created } = head;
  const { maxSamples } = settings.data;
  const { policy, model } = settings.players ?? LATER_GROUPS.players;
  return {
    algorithm,
    way: { ...WAYS_TABLE.ways[algorithm], ...(WAYS_TABLE.alone.includes(model) && { alone: true }) },
    players: { policy: seated(policy, WAYS_TABLE.policies), model: seated(model, WAYS_TABLE.models) },
    task: task.id,
    options: task.options,
    preset,
    seed,
    differs: {},
    maxSamples,
    created,
    solvedReturn,
  };
}

/** A player of another version is known by its name alone. */
const seated = (name: string, titles: Readonly<Record<string, string>>): Seated => ({
  name,
  title: Object.hasOwn(titles, name) ? titles[name] : name,
});

/** A run in a few numbers. @param quiet seconds since the log was last written to */
export function digestOf(log: MetricLog, status: RunStatus, quiet: number, maxSamples: number | undefined): RunDigest {
  const [evaluated, n] = [log.last("return"), log.count];
  const at = (name: Parameters<MetricLog["column"]>[0], i: number) => log.column(name)[i];
  const success = evaluated < 0 ? Number.NaN : at("success", evaluated);
  return {
    iterations: n,
    samples: n === 0 ? 0 : at("samples", n - 1),
    seconds: n === 0 ? 0 : log.elapsed()[n - 1],
    eta: timeLeft(log, status, maxSamples),
    evaluation:
      evaluated < 0
        ? null
        : {
            mean: at("return", evaluated),
            std: at("returnStd", evaluated),
            success: Number.isNaN(success) ? null : success,
          },
    spark: sparkOf(log),
    lights: health(log, status, quiet),
  };
}

function sparkOf(log: MetricLog): readonly (readonly [number, number])[] {
  const [samples, returns] = [log.column("samples"), log.column("return")];
  const evaluated = Array.from(returns.keys()).filter((i) => !Number.isNaN(returns[i]));
  const stride = Math.max(1, Math.ceil(evaluated.length / SPARK_POINTS));
  return evaluated
    .filter((_, i) => i % stride === 0 || i === evaluated.length - 1)
    .map((i) => [samples[i], returns[i]] as const);
}
