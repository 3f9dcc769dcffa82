import {
  ConeGeometry,
  CylinderGeometry,
  Group,
  InstancedMesh,
  Matrix4,
  MeshBasicMaterial,
  Quaternion,
  SphereGeometry,
  Vector3,
} from "three";
import type { Scene } from "../../mdp/scene.js";

/** Of more contacts than these, the others are not drawn. */
const MOST = 200;
const UP = new Vector3(0, 1, 0);

/**
 * Contacts as points and their forces as arrows, drawn over whatever is before them. To scale: a force as large as the
 * weight of all that moves is a quarter of the camera's distance long; longer than twice that none is drawn.
 */
export class ContactMarks {
  readonly root = new Group();
  readonly #point: InstancedMesh;
  readonly #shaft: InstancedMesh;
  readonly #head: InstancedMesh;
  readonly #unit: number;
  /** Length of the arrow of 1 N, m. */
  readonly #scale: number;

  constructor({ camera, weight }: Scene) {
    this.#unit = camera.distance / 100;
    this.#scale = camera.distance / 4 / (weight ?? 10);
    const over = (color: string) => new MeshBasicMaterial({ color, depthTest: false, transparent: true, opacity: 0.9 });
    const [touch, force] = [over("#d6336c"), over("#e8590c")];
    this.#point = new InstancedMesh(new SphereGeometry(1, 12, 8), touch, MOST);
    this.#shaft = new InstancedMesh(new CylinderGeometry(0.4, 0.4, 1, 8).translate(0, 0.5, 0), force, MOST);
    this.#head = new InstancedMesh(new ConeGeometry(1, 2.4, 12).translate(0, 1.2, 0), force, MOST);
    for (const mesh of [this.#point, this.#shaft, this.#head]) {
      mesh.frustumCulled = false;
      mesh.renderOrder = 1;
      mesh.count = 0;
      this.root.add(mesh);
    }
  }

  /** @param contacts [contacts × 6], x y z in m and the force in N */
  show(contacts: readonly number[]): void {
    const count = Math.min(MOST, contacts.length / 6);
    const [at, turned, matrix] = [new Vector3(), new Quaternion(), new Matrix4()];
    for (let i = 0; i < count; i++) {
      const [x, y, z, ...newtons] = contacts.slice(6 * i, 6 * i + 6);
      const force = new Vector3(...newtons);
      const length = Math.min(force.length() * this.#scale, 50 * this.#unit);
      const thick = length === 0 ? 0 : this.#unit;
      at.set(x, y, z);
      this.#point.setMatrixAt(i, matrix.compose(at, turned.identity(), new Vector3().setScalar(this.#unit)));
      turned.setFromUnitVectors(UP, force.normalize());
      this.#shaft.setMatrixAt(i, matrix.compose(at, turned, new Vector3(thick, length, thick)));
      this.#head.setMatrixAt(
        i,
        matrix.compose(at.addScaledVector(force, length), turned, new Vector3().setScalar(thick)),
      );
    }
    for (const mesh of [this.#point, this.#shaft, this.#head]) {
      mesh.count = count;
      mesh.instanceMatrix.needsUpdate = true;
    }
  }

  dispose(): void {
    for (const mesh of [this.#point, this.#shaft, this.#head]) {
      mesh.geometry.dispose();
      mesh.dispose();
    }
    (this.#point.material as MeshBasicMaterial).dispose();
    (this.#shaft.material as MeshBasicMaterial).dispose();
  }
}
