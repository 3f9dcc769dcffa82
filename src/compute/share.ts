import type { Compute, Engine } from "./engine.js";

/** Works through items on all engines at once, each engine taking the next item when it is free; results in the items' order. */
export async function shareOut<Item, Result>(
  compute: Compute,
  items: readonly Item[],
  work: (engine: Engine, item: Item, i: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  await Promise.all(
    compute.engines.map(async (engine) => {
      while (next < items.length) {
        const i = next++;
        try {
          results[i] = await work(engine, items[i]!, i);
        } catch (error) {
          next = items.length; // begin nothing more
          throw error;
        }
      }
    }),
  );
  return results;
}
