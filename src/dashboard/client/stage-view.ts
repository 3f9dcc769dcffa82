import {
  BufferGeometry,
  Color,
  Line,
  LineBasicMaterial,
  Plane,
  Raycaster,
  Scene as Three,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { Scene } from "../../mdp/scene.js";
import { aim, type SceneObjects, sceneCamera, sceneLights, sceneObjects, type View } from "../../render/three-scene.js";
import { ContactMarks } from "./contact-marks.js";
import { colour } from "./theme.js";

/** How much further away than for a portrait the camera stands: robots jump and fall. */
const ROOM = 1.35;

/** A point of a body that is held. */
export interface Grip {
  readonly body: number;
  /** In the body's own frame, m. */
  readonly local: Vector3;
}

/**
 * A scene on a canvas: the world's bodies solid, and any number of ghosts in colours of their own. Draws when something
 * has moved; the camera goes along with what the scene follows, and turns with mouse, touch or keys.
 */
export class StageView {
  readonly #canvas: HTMLCanvasElement;
  readonly #renderer: WebGLRenderer;
  readonly #three = new Three();
  readonly #camera;
  readonly #controls: OrbitControls;
  readonly #lights;
  /** The world, then the ghosts. */
  readonly #actors: SceneObjects[];
  readonly #resize: ResizeObserver;
  readonly #rope = new Line(new BufferGeometry(), new LineBasicMaterial({ color: "#d9480f", depthTest: false }));
  readonly #seen = new Vector3();
  /** Bodies from here on are marks that no force moves. */
  readonly #simulated: number;
  readonly #scene: Scene;
  readonly #contacts: ContactMarks;
  readonly #trail = new Line(new BufferGeometry(), new LineBasicMaterial({ color: "#00795c" }));
  /** Whether the camera goes along with what the scene follows. */
  #follows = true;
  #frame = 0;

  /** @throws {Error} where the browser has no WebGL */
  constructor(canvas: HTMLCanvasElement, scene: Scene) {
    this.#canvas = canvas;
    this.#scene = scene;
    this.#simulated = scene.simulated ?? scene.bodies.length;
    this.#renderer = new WebGLRenderer({ canvas, antialias: true });
    this.#renderer.shadowMap.enabled = true;
    this.#renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.#actors = [sceneObjects(scene)];
    this.#three.add(this.#actors[0].root);
    this.#contacts = new ContactMarks(scene);
    this.#three.add(this.#contacts.root);
    this.#lights = sceneLights(scene);
    const { sky, sun, haze } = this.#lights;
    this.#three.add(sky, sun, sun.target, this.#rope, this.#trail);
    this.#trail.visible = false;
    this.#trail.frustumCulled = false;
    this.#three.fog = haze;
    this.#rope.visible = false;
    this.#rope.frustumCulled = false;
    this.#camera = sceneCamera(scene, 1);
    this.#seen.copy(this.#actors[0].target);
    aim(this.#camera, scene, this.#seen);
    this.#camera.position.sub(this.#seen).multiplyScalar(ROOM).add(this.#seen);
    this.#controls = new OrbitControls(this.#camera, canvas);
    this.#controls.target.copy(this.#seen);
    this.#controls.enablePan = false;
    this.#controls.minDistance = scene.camera.distance / 6;
    this.#controls.maxDistance = scene.camera.distance * 5;
    this.#controls.addEventListener("change", () => this.#soon());
    this.#controls.update();
    this.#resize = new ResizeObserver(() => this.#fit());
    this.#resize.observe(canvas.parentElement!);
    this.recolour();
    this.#fit();
  }

  /** Has ghosts of these colours, #rrggbb, in the place of those it had; each is hidden until it is placed. */
  haunt(colours: readonly string[]): void {
    for (const ghost of this.#actors.splice(1)) {
      this.#three.remove(ghost.root);
      ghost.dispose();
    }
    for (const color of colours) {
      const ghost = sceneObjects(this.#scene, { ghost: { color, opacity: 0.45 } });
      ghost.root.visible = false;
      this.#three.add(ghost.root);
      this.#actors.push(ghost);
    }
    this.#soon();
  }

  /** Takes the page's colours over. */
  recolour(): void {
    const sky = new Color(colour("sky"));
    this.#three.background = sky;
    this.#three.fog!.color.copy(sky);
    const isDark = sky.getHSL({ h: 0, s: 0, l: 0 }).l < 0.4;
    this.#lights.sky.intensity = isDark ? 0.9 : 1.6;
    this.#lights.sun.intensity = isDark ? 1.5 : 2.2;
    this.#soon();
  }

  /** Puts an actor (0: the world, then the ghosts) where poses say, [bodies × 7]; nothing hides it. */
  place(actor: number, poses: ArrayLike<number> | null): void {
    const objects = this.#actors[actor];
    objects.root.visible = poses !== null;
    if (poses !== null) objects.place(poses);
    if (actor === 0) {
      if (this.#follows) this.#goAlong();
      this.#lights.follow(objects.target);
    }
    this.#soon();
  }

  #goAlong(): void {
    const { target } = this.#actors[0];
    const moved = target.clone().sub(this.#seen);
    this.#seen.copy(target);
    this.#camera.position.add(moved);
    this.#controls.target.add(moved);
    this.#controls.update();
  }

  /** Whether the camera goes along with what the scene follows, or stays where it is. */
  follow(is: boolean): void {
    this.#follows = is;
    if (is) this.#goAlong();
    this.#soon();
  }

  /** Looks from another direction, as far away as now; from the scene's own where none is given. */
  look(from: View = {}): void {
    const { target } = this.#controls;
    const distance = this.#camera.position.distanceTo(target);
    aim(this.#camera, this.#scene, target, from);
    this.#camera.position.sub(target).setLength(distance).add(target);
    this.#controls.update();
    this.#soon();
  }

  /** Draws contacts, [contacts × 6] as in `ShownEpisode`; none where there are none to draw. */
  contacts(contacts: readonly number[]): void {
    this.#contacts.show(contacts);
    this.#soon();
  }

  /** Draws a line through points, m; null takes it away. */
  trail(points: readonly (readonly [x: number, y: number, z: number])[] | null): void {
    this.#trail.visible = points !== null;
    if (points !== null) this.#trail.geometry.setFromPoints(points.map((point) => new Vector3(...point)));
    this.#soon();
  }

  /** Turns the camera by angles, rad: the arrow keys' way. */
  turn(azimuth: number, elevation: number): void {
    const offset = this.#camera.position.clone().sub(this.#controls.target);
    offset.applyAxisAngle(new Vector3(0, 0, 1), azimuth);
    const side = new Vector3(0, 0, 1).cross(offset).normalize();
    const raised = offset.clone().applyAxisAngle(side, elevation);
    if (Math.abs(raised.clone().normalize().z) < 0.98) offset.copy(raised);
    this.#camera.position.copy(this.#controls.target).add(offset);
    this.#controls.update();
    this.#soon();
  }

  #ray(event: PointerEvent): Raycaster {
    const box = this.#canvas.getBoundingClientRect();
    const at = new Vector2(
      (2 * (event.clientX - box.left)) / box.width - 1,
      1 - (2 * (event.clientY - box.top)) / box.height,
    );
    const ray = new Raycaster();
    ray.setFromCamera(at, this.#camera);
    return ray;
  }

  /** The body of the world under a pointer, and where; null over ground and sky. Marks are looked through. */
  grip(event: PointerEvent): Grip | null {
    const { bodies, root } = this.#actors[0];
    // Where things are now, not where they were when last drawn.
    root.updateMatrixWorld();
    this.#camera.updateMatrixWorld();
    for (const { object, point } of this.#ray(event).intersectObject(root, true)) {
      const body = bodies.findIndex((group) => {
        let at: typeof object.parent = object;
        while (at !== null && at !== group) at = at.parent;
        return at === group;
      });
      if (body > 0 && body < this.#simulated) return { body, local: bodies[body].worldToLocal(point.clone()) };
      if (body === 0) return null; // the ground is in front
    }
    return null;
  }

  /** Where a held point is, and where the pointer pulls it: in the plane through it that faces the camera. */
  reach({ body, local }: Grip, event: PointerEvent): { readonly from: Vector3; readonly to: Vector3 } {
    const from = this.held({ body, local });
    const facing = this.#camera.getWorldDirection(new Vector3());
    const plane = new Plane().setFromNormalAndCoplanarPoint(facing, from);
    const to = this.#ray(event).ray.intersectPlane(plane, new Vector3()) ?? from.clone();
    return { from, to };
  }

  /** Where a held point is now, m. */
  held({ body, local }: Grip): Vector3 {
    return this.#actors[0].bodies[body].localToWorld(local.clone());
  }

  /** Draws a rope between two points; null takes it away. While there is one, the camera stands still. */
  rope(ends: { readonly from: Vector3; readonly to: Vector3 } | null): void {
    this.#rope.visible = ends !== null;
    this.#controls.enabled = ends === null;
    if (ends !== null) this.#rope.geometry.setFromPoints([ends.from, ends.to]);
    this.#soon();
  }

  #fit(): void {
    const { clientWidth, clientHeight } = this.#canvas.parentElement!;
    if (clientWidth === 0) return;
    this.#renderer.setSize(clientWidth, clientHeight, false);
    this.#camera.aspect = clientWidth / clientHeight;
    this.#camera.updateProjectionMatrix();
    this.#soon();
  }

  #soon(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#renderer.render(this.#three, this.#camera);
    });
  }

  /** Gives memory of the graphics card back. */
  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#resize.disconnect();
    this.#controls.dispose();
    for (const actor of this.#actors) actor.dispose();
    this.#contacts.dispose();
    this.#rope.geometry.dispose();
    this.#trail.geometry.dispose();
    this.#renderer.dispose();
  }
}
