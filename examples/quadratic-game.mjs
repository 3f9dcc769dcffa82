/**
 * The game alone: the four orders of play with players of one and two numbers, and no neural network.
 *
 *   world    y = tanh(a), which the players do not know; reward R = −y²/2, so a = 0 is best
 *   policy   a, explored as a + 0.2 · normal
 *   model    a line ŷ = c + s·a; ℓ(M, D) and J(a, M) = −(c + s·a)²/2 are both quadratic
 *
 * Each player has a conservative move (one gradient step) and an aggressive one (the exact answer to the other).
 *
 *   node examples/quadratic-game.mjs
 */
import { br, gda, mal, pal, seeded } from "stackelberg";

const mean = (list, f) => list.reduce((sum, item) => sum + f(item), 0) / list.length;

/** argmin_M ℓ(M, D): least squares. */
async function fitFully(_model, data) {
  const [a, y] = [mean(data, (x) => x.a), mean(data, (x) => x.y)];
  const s = mean(data, (x) => (x.a - a) * (x.y - y)) / mean(data, (x) => (x.a - a) ** 2);
  return { c: y - s * a, s };
}

/** M − β ∇ℓ(M, D), β = 0.3. */
async function fitALittle({ c, s }, data) {
  const error = (x) => c + s * x.a - x.y;
  return { c: c - 0.3 * mean(data, error), s: s - 0.3 * mean(data, (x) => error(x) * x.a) };
}

/** argmax_π J(π, M): where the line crosses 0. */
const improveFully = async (_a, { c, s }) => -c / s;

/** π + α ∇_π J(π, M), α = 0.5. */
const improveALittle = async (a, { c, s }) => a - 0.5 * s * (c + s * a);

/** D ∪ D_k, of which the newest `bufferSize` samples stay. */
const collectInto = (bufferSize) => async (a, data, n, rng) => {
  const actions = Array.from({ length: n }, () => a + 0.2 * rng.normal());
  return [...data, ...actions.map((action) => ({ a: action, y: Math.tanh(action) }))].slice(-bufferSize);
};

const GAMES = [
  { name: "PAL", play: pal, fitModel: fitFully, improvePolicy: improveALittle, bufferSize: 20 },
  { name: "MAL", play: mal, fitModel: fitALittle, improvePolicy: improveFully, bufferSize: Infinity },
  { name: "GDA", play: gda, fitModel: fitALittle, improvePolicy: improveALittle, bufferSize: Infinity },
  { name: "BR", play: br, fitModel: fitFully, improvePolicy: improveFully, bufferSize: 20 },
];

for (const { name, play, fitModel, improvePolicy, bufferSize } of GAMES) {
  const config = { initialSamples: 20, samplesPerIteration: 20, policySteps: 1 };
  const actions = [];
  const start = { policy: 1.2, model: { c: 0, s: 1 }, data: [] };
  const moves = { collect: collectInto(bufferSize), fitModel, improvePolicy };
  for await (const { policy } of play(start, moves, config, seeded(0))) {
    actions.push(policy);
    if (actions.length === 16 || Math.abs(policy) > 100) break;
  }
  console.log(`${name.padEnd(4)} a = ${actions.map((a) => a.toPrecision(2)).join("  ")}`);
}
