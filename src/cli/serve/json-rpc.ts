import { z } from "zod";
import { CODES } from "../../bridges/protocol.js";
import { StackelbergError } from "../../errors/errors.js";
import { requirement, shown } from "../../errors/requirement.js";
import { usersLine } from "../failures.js";

/** An error that goes to the caller as one. `mend` is what the caller can do about it. */
export class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly mend: string,
  ) {
    super(message);
  }
}

/** What a method does with its parameters; throws `RpcError`, or anything else where it breaks. */
export type Method = (params: unknown) => unknown;

const request = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.unknown().optional(),
});

const idOf = (message: unknown): string | number | null => {
  const id = typeof message === "object" && message !== null ? (message as { id?: unknown }).id : null;
  return typeof id === "string" || typeof id === "number" ? id : null;
};

const answer = (id: string | number | null, rest: { readonly result: unknown } | { readonly error: unknown }) =>
  JSON.stringify({ jsonrpc: "2.0", id, ...rest });

/**
 * The answer to one line of JSON-RPC 2.0, as a line; undefined to a notification, which has no id. Never throws: what is
 * wrong with a message or breaks in a method is an answer, and the next line is another matter. No batches: a
 * message is a line.
 */
export async function answerTo(line: string, methods: Readonly<Record<string, Method>>): Promise<string | undefined> {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch (cause) {
    const error = new RpcError(
      CODES.notJson,
      `the line is not JSON (${(cause as Error).message})`,
      "Send one object a line",
    );
    return answer(null, errorOf(error));
  }
  const parsed = request.safeParse(message);
  if (!parsed.success) {
    const said = `is no request of JSON-RPC 2.0, got ${shown(message)}`;
    return answer(idOf(message), errorOf(new RpcError(CODES.notARequest, said, EXAMPLE)));
  }
  const { id, method, params } = parsed.data;
  let rest: { readonly result: unknown } | { readonly error: unknown };
  try {
    if (!Object.hasOwn(methods, method)) {
      const known = Object.keys(methods).join(", ");
      throw new RpcError(CODES.noMethod, `there is no method ${shown(method)}`, `There are ${known}`);
    }
    rest = { result: (await methods[method](params)) ?? null };
  } catch (error) {
    rest = errorOf(error);
  }
  return id === undefined ? undefined : answer(id, rest);
}

const EXAMPLE = 'For instance {"jsonrpc":"2.0","id":1,"method":"spec"}';

function errorOf(error: unknown): { readonly error: unknown } {
  if (error instanceof RpcError)
    return { error: { code: error.code, message: error.message, data: { mend: error.mend } } };
  if (error instanceof StackelbergError) {
    const message = `${error.where}: ${error.what}`;
    return { error: { code: CODES.failed, message, data: { mend: error.mend } } };
  }
  const place = error instanceof Error ? usersLine(error) : undefined;
  return { error: { code: CODES.failed, message: String(error), ...(place !== undefined && { data: { place } }) } };
}

/** Parameters as a schema has them. @throws {RpcError} that says what the first wrong one must be */
export function paramsAs<T>(schema: z.ZodType<T>, params: unknown): T {
  const parsed = schema.safeParse(params ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = ["params", ...issue.path].join(".");
  throw new RpcError(CODES.badParams, `${where} ${requirement(issue)}`, "docs/tasks/protocol.md has the messages");
}
