import { ConfigError } from "../../errors/errors.js";
import { shown } from "../../errors/requirement.js";

/** Where a queue is when nobody says so, for those who keep passwords out of command lines and files. */
export const ADDRESS_VARIABLE = "STACKELBERG_QUEUE";

/** Where a queue is. */
export interface QueueAddress {
  readonly engine: "redis" | "postgres";
  readonly url: string;
  /** For people: without the user and the password. */
  readonly shown: string;
}

const ENGINES: Readonly<Record<string, QueueAddress["engine"]>> = {
  "redis:": "redis",
  "rediss:": "redis",
  "postgres:": "postgres",
  "postgresql:": "postgres",
};
const EXAMPLES = "redis://host:6379 (rediss:// with TLS) or postgres://user@host/database";

/**
 * A queue's address.
 *
 * @param where what people call the place that it came from
 * @throws {ConfigError} where there is none, or nothing of ours speaks its scheme. Never shows what may be a password
 */
export function queueAddress(text: string | undefined, where: string, env: NodeJS.ProcessEnv): QueueAddress {
  const [from, given] = text === undefined ? [ADDRESS_VARIABLE, env[ADDRESS_VARIABLE]] : [where, text];
  if (given === undefined || given === "")
    throw new ConfigError(where, "no address of a queue was given", `Give ${EXAMPLES}, here or in ${ADDRESS_VARIABLE}`);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || url.host === "")
    throw new ConfigError(
      from,
      "is no address of a queue",
      `Give ${EXAMPLES}; special characters in a password as %XX`,
    );
  if (!Object.hasOwn(ENGINES, url.protocol))
    throw new ConfigError(from, `no queue speaks ${shown(`${url.protocol}//`)}`, `Give ${EXAMPLES}`);
  return {
    engine: ENGINES[url.protocol],
    url: given,
    shown: `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`,
  };
}
