/** Three numbers: x, y, z. */
export type Vector3 = readonly [number, number, number];
/** A rotation as a unit quaternion, w x y z. */
export type Quaternion = readonly [number, number, number, number];

/** The rotation that turns nothing. */
export const NO_ROTATION: Quaternion = [1, 0, 0, 0];

/** v turned by q. */
export function rotate([w, x, y, z]: Quaternion, [a, b, c]: Vector3): Vector3 {
  // t = 2 q⃗ × v,  v′ = v + w t + q⃗ × t
  const t = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)] as const;
  return [a + w * t[0] + y * t[2] - z * t[1], b + w * t[1] + z * t[0] - x * t[2], c + w * t[2] + x * t[1] - y * t[0]];
}

/** The rotation by `angle` rad about an axis of length 1. */
export function axisAngle([x, y, z]: Vector3, angle: number): Quaternion {
  const s = Math.sin(angle / 2);
  return [Math.cos(angle / 2), s * x, s * y, s * z];
}

/**
 * The shortest rotation that brings the z axis to a direction of any length.
 *
 * @returns half a turn about x where the direction is −z, and none where it has no length
 */
export function fromZTo([x, y, z]: Vector3): Quaternion {
  const length = Math.hypot(x, y, z);
  if (length === 0) return NO_ROTATION;
  // Half way between z and d: q = (1 + z·d, z × d), brought to length 1.
  const w = z > 0 ? length + z : (x * x + y * y) / (length - z); // the same number, without its digits lost near −z
  const norm = Math.hypot(w, x, y);
  return norm < 1e-150 * length ? [0, 1, 0, 0] : [w / norm, -y / norm, x / norm, 0];
}
