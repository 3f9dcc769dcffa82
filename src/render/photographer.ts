import type { Scene } from "../mdp/scene.js";
import { softwareRenderer } from "./software-renderer.js";
import { aim, sceneCamera, sceneLights, sceneObjects, type View } from "./three-scene.js";

/** Takes pictures of one scene without a graphics card. */
export interface Photographer {
  readonly width: number;
  readonly height: number;
  /** The bodies in poses, [bodies × 7], as RGBA, [height × width × 4]; a fresh array. */
  take(poses: ArrayLike<number>): Uint8Array;
}

/** A photographer of pictures of a size in pixels, from the scene's own view or another. */
export function photographer(scene: Scene, width: number, height: number, view?: View): Photographer {
  const objects = sceneObjects(scene);
  const camera = sceneCamera(scene, width / height);
  const lights = sceneLights(scene);
  const renderer = softwareRenderer(width, height);
  return {
    width,
    height,
    take(poses) {
      objects.place(poses);
      aim(camera, scene, objects.target, view);
      lights.follow(objects.target);
      return renderer.draw(objects, camera, lights);
    },
  };
}
