/**
 * MuJoCo's bindings (Emscripten's embind, 3.14) make a function of text for each of MuJoCo's own: with `new Function`, which
 * a page's content security policy refuses unless it allows 'unsafe-eval'. The texts follow two patterns. Here is what
 * they do, as closures.
 */

type Anything = (...given: readonly unknown[]) => unknown;
/** How a value goes to WebAssembly and comes back. */
interface Wire {
  toWireType(destructors: unknown[] | null, value: unknown): unknown;
  fromWireType(value: unknown): unknown;
  readValueFromPointer(pointer: number): unknown;
  readonly argPackAdvance: number;
}

/** Calls a C++ function, or a method: values to wire types, the call, destructors, and its value back. */
function invokers(names: readonly string[], text: string): Anything {
  const [isMethod, onStack, returns] = ["var thisWired =", "var destructors = []", "return ret;"].map((part) =>
    text.includes(part),
  );
  return (...parts) => {
    const named = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    const [humanName, throwBindingError, invoker, fn, runDestructors, retType, classParam] = parts as [
      string,
      Anything,
      Anything,
      unknown,
      Anything,
      Wire,
      Wire,
    ];
    const { checkArgCount, minArgs, maxArgs } = named as { checkArgCount: Anything; minArgs: number; maxArgs: number };
    const types = names.flatMap((name) => (/^argType\d+$/.test(name) ? [named[name] as Wire] : []));
    /** Of the values by place, `this` being −1. */
    const freed = names.flatMap((name) => {
      const [, argument] = /^(?:this|arg(\d+))Wired_dtor$/.exec(name) ?? [undefined, ""];
      return argument === "" ? [] : [{ place: Number(argument ?? -1), free: named[name] as Anything }];
    });
    return function (this: unknown, ...given: readonly unknown[]) {
      checkArgCount(given.length, minArgs, maxArgs, humanName, throwBindingError);
      const destructors: unknown[] | null = onStack ? [] : null;
      const self = isMethod ? [classParam.toWireType(destructors, this)] : [];
      const wired = types.map((type, i) => type.toWireType(destructors, given[i]));
      const value = invoker(fn, ...self, ...wired);
      if (onStack) runDestructors(destructors);
      else for (const { place, free } of freed) free(place < 0 ? self[0] : wired[place]);
      return returns ? retType.fromWireType(value) : undefined;
    };
  };
}

/** Calls a function of JavaScript from C++: reads its arguments one after the other from memory. */
function methodCallers(names: readonly string[], text: string): Anything {
  const [constructs, withObject] = ["new func(", "func.call(obj"].map((part) => text.includes(part));
  return (...parts) => {
    const named = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    const types = names.flatMap((name) => (/^argType\d+$/.test(name) ? [named[name] as Wire] : []));
    const giveBack = named.emval_returnValue as Anything | undefined;
    return (obj: unknown, func: unknown, destructorsRef: unknown, args: unknown) => {
      let at = args as number;
      const values = types.map((type) => {
        const value = type.readValueFromPointer(at);
        at += type.argPackAdvance;
        return value;
      });
      const called = (self: unknown, rest: readonly unknown[]) => (func as Anything).call(self, ...rest);
      const value = constructs
        ? new (func as new (...rest: readonly unknown[]) => unknown)(...values)
        : withObject
          ? called(obj, values)
          : called(values[0], values.slice(1));
      return giveBack?.(named.retType, destructorsRef, value);
    };
  };
}

let done = false;

/**
 * From here on, `new Function` of such a text gives these closures, in the realm that this is called in. Any other text
 * goes the usual way.
 */
export function bindWithoutEval(): void {
  if (done) return;
  done = true;
  globalThis.Function = new Proxy(Function, {
    construct(target, parts: string[], newTarget) {
      const [names, text] = [parts.slice(0, -1), parts.at(-1) ?? ""];
      if (text.startsWith("if (arguments.length !== ") && text.includes("invoker(fn")) return invokers(names, text);
      if (text.startsWith("return function (obj, func, destructorsRef, args)")) return methodCallers(names, text);
      return Reflect.construct(target, parts, newTarget);
    },
  });
}
