const short = (value) => (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? value.toExponential(0).replace("e+", "e") : String(Number(value.toPrecision(6))));

/** Five or so round numbers of an axis. */
export function linearTicks(from, to) {
  const raw = (to - from) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= raw);
  const ticks = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + 1e-9 * step; k++) ticks.push({ at: k * step, text: short(k * step) });
  return ticks;
}

/** Powers of ten of an axis, six at most. */
export function logTicks(from, to) {
  const [low, high] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const every = Math.max(1, Math.ceil((high - low) / 5));
  const ticks = [];
  for (let k = low; k <= high; k += every) ticks.push({ at: 10 ** k, text: `1e${k}` });
  return ticks;
}
