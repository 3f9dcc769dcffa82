/**
 * Loaded first by every process of the soak (`--import`): the time of day is off by as many ms as the file SOAK_CLOCK says
 * now. What runs by a clock that only goes on, `performance.now` and timers, is as it was.
 */
import { readFileSync } from "node:fs";

const LOOK_EVERY = 50; // ms
const RealDate = Date;
let [offset, looked] = [0, Number.NEGATIVE_INFINITY];

function now() {
  if (performance.now() - looked > LOOK_EVERY) {
    looked = performance.now();
    try {
      offset = Number(readFileSync(process.env.SOAK_CLOCK, "utf8")) || 0;
    } catch {
      // the file is just being written, or the soak is over: the last offset holds
    }
  }
  return RealDate.now() + offset;
}

class JumpingDate extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [now()] : parts));
  }
  static now() {
    return now();
  }
}

globalThis.Date = JumpingDate;
