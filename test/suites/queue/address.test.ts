import { expect, test } from "vitest";
import { queueAddress } from "../../../src/suites/queue/address.js";
import { queueName } from "../../../src/suites/queue/connect.js";
import { loadBullMQ } from "../../../src/suites/queue/packages.js";

test.each([
  ["redis://:secret@host:6379", "redis", "redis://host:6379"],
  ["rediss://user:secret@host/3", "redis", "rediss://host/3"],
  ["postgres://user:secret@host/database", "postgres", "postgres://host/database"],
  ["postgresql://host", "postgres", "postgresql://host"],
])("%s is a queue on %s, shown as %s", (url, engine, shown) => {
  expect(queueAddress(url, "url", {})).toEqual({ engine, url, shown });
});

test.each([
  ["http://:secret@host", /^url: no queue speaks "http:\/\/"\. Give redis:\/\//],
  ["host:6379 secret", /^url: is no address of a queue\. Give/],
  ["redis:secret", /^url: is no address of a queue\. Give/],
])("%s is refused with what would do, and without what may be a password", (url, why) => {
  const refuse = () => queueAddress(url, "url", {});
  expect(refuse).toThrow(why);
  expect(refuse).not.toThrow(/secret/);
});

test("where none is given the environment's holds, and where there is none either that is said", () => {
  expect(queueAddress(undefined, "url", { STACKELBERG_QUEUE: "redis://night" }).shown).toBe("redis://night");
  expect(queueAddress("redis://day", "url", { STACKELBERG_QUEUE: "redis://night" }).shown).toBe("redis://day");
  expect(() => queueAddress(undefined, "url", { STACKELBERG_QUEUE: "nowhere" })).toThrow(/^STACKELBERG_QUEUE: is no/);
  expect(() => queueAddress(undefined, "url", {})).toThrow(/^url: no address of a queue was given/);
});

test.each(["", "a:b", "a b"])("the name %j is refused", (name) => {
  expect(() => queueName("--name", name)).toThrow(/^--name: must be a name of letters/);
});

test.each([
  ["redis", ["bullmq", "ioredis"], /needs the packages bullmq and ioredis, .* Run `npm install bullmq ioredis`/],
  ["redis", ["ioredis"], /needs the package ioredis, which is not here\. Run `npm install ioredis`/],
  ["postgres", ["pg"], /needs the package pg, which is not here\. Run `npm install pg`/],
] as const)("for %s without %j it is said what to install", async (engine, absent, why) => {
  const load = async (name: string) => {
    if ((absent as readonly string[]).includes(name)) throw new Error(`Cannot find package '${name}'`);
  };
  await expect(loadBullMQ({ engine }, load)).rejects.toThrow(why);
});
