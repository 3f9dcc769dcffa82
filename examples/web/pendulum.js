/** The policy at work: MuJoCo steps the world in this page, as fast as time goes, and a canvas shows it from the side. */
import { createTask } from "stackelberg";
import { loadPolicy } from "stackelberg/web";

const LONGEST_STEP = 0.1; // s: a page that slept does not make up for it

export class Pendulum {
  #task = createTask("inverted-pendulum");
  #canvas;
  #said;
  #world;
  #policy;
  #observation;
  #seed = 0;
  #steps = 0;

  constructor(canvas, said) {
    this.#canvas = canvas;
    this.#said = said;
  }

  /** Has this policy play from here on. */
  async play(bytes) {
    const before = this.#policy;
    this.#policy = await loadPolicy(bytes);
    await before?.close();
    if (this.#world !== undefined) return;
    this.#world = await this.#task.createWorld();
    this.#begin();
    this.#playOn();
  }

  #begin() {
    this.#observation = this.#world.reset({ seed: this.#seed++ }).observation;
    this.#steps = 0;
  }

  async #playOn() {
    let last = performance.now();
    let due = 0; // s of the world
    for (;;) {
      const now = await new Promise((resolve) => requestAnimationFrame(resolve));
      due += Math.min((now - last) / 1000, LONGEST_STEP);
      last = now;
      for (; due >= this.#task.controlStep; due -= this.#task.controlStep) {
        const action = await this.#policy.act(this.#observation).catch(() => undefined);
        if (action === undefined) continue; // a newer policy has just taken its place
        const step = this.#world.step(action);
        this.#observation = step.observation;
        this.#steps++;
        if (step.terminated || step.truncated) this.#begin();
      }
      this.#draw();
      this.#said.textContent = `Step ${this.#steps} of ${this.#task.horizon} of this episode.`;
    }
  }

  /** Observation: the cart's place, m, and the pole's angle, rad; the pole is 0.6 m long. */
  #draw() {
    const [x, angle] = this.#observation;
    const { width, height } = this.#canvas;
    const draw = this.#canvas.getContext("2d");
    const scale = width / 2.6; // pixels per metre
    const [cart, rail] = [width / 2 + x * scale, height * 0.8];
    draw.clearRect(0, 0, width, height);
    draw.fillStyle = "#566273";
    draw.fillRect(width / 2 - 1.1 * scale, rail - 2, 2.2 * scale, 4);
    draw.fillStyle = "#1558b0";
    draw.fillRect(cart - 0.1 * scale, rail - 0.06 * scale, 0.2 * scale, 0.12 * scale);
    draw.strokeStyle = "#b8500a";
    draw.lineWidth = 0.05 * scale;
    draw.lineCap = "round";
    draw.beginPath();
    draw.moveTo(cart, rail);
    draw.lineTo(cart + 0.6 * scale * Math.sin(angle), rail - 0.6 * scale * Math.cos(angle));
    draw.stroke();
  }
}
