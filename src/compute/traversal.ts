import type { Node } from "./node.js";

/** All nodes that `ys` are computed from, each after its inputs. Loop bodies are not entered. */
export function topological(ys: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const y of ys) {
    if (seen.has(y)) continue;
    seen.add(y);
    stack.push({ node: y, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const child = directInputs(top.node)[top.next++];
      if (child === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (!seen.has(child)) {
        seen.add(child);
        stack.push({ node: child, next: 0 });
      }
    }
  }
  return order;
}

/** Inputs, and for a loop also what its body takes from outside. */
function directInputs(node: Node): readonly Node[] {
  return node.op === "loop" ? [...node.inputs, ...captured(node)] : node.inputs;
}

const captures = new WeakMap<Node, readonly Node[]>();

/** The nodes outside of a loop that its body uses: those that do not depend on the round, as near to it as possible. */
export function captured(loop: Node): readonly Node[] {
  const known = captures.get(loop);
  if (known !== undefined) return known;
  const { index, carried, next, stacked } = loop.attributes.body!;
  const results = [...next, ...stacked];
  const inside = dependents(results, [index, ...carried]);
  const outside = new Set<Node>();
  for (const result of results) if (!inside.has(result)) outside.add(result);
  for (const node of inside) {
    for (const x of directInputs(node)) if (!inside.has(x)) outside.add(x);
  }
  const list = [...outside];
  captures.set(loop, list);
  return list;
}

/** The nodes on the ways from `xs` to `ys`, both ends included. */
export function dependents(
  ys: readonly Node[],
  xs: readonly Node[],
  passes: (node: Node) => boolean = () => true,
): Set<Node> {
  const active = new Set<Node>(xs);
  for (const node of topological(ys)) {
    if (passes(node) && directInputs(node).some((x) => active.has(x))) active.add(node);
  }
  return active;
}

/** The nodes through which derivatives flow from `xs` to `ys`: none passes a `detach` or the length of an axis. */
export function differentiable(ys: readonly Node[], xs: readonly Node[]): Set<Node> {
  return dependents(ys, xs, ({ op }) => op !== "detach" && op !== "size");
}
