import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveFeed } from "../../../src/dashboard/server/live.js";
import type { LiveState, RunEntry } from "../../../src/dashboard/shared/protocol.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection that only counts what is written to it. */
class Page extends EventEmitter {
  writableNeedDrain = false;
  readonly written: string[] = [];
  ended = false;
  writeHead() {
    return this;
  }
  write(text: string) {
    this.written.push(text);
    return true;
  }
  end() {
    this.ended = true;
    this.emit("close");
  }
}
const GET = { method: "GET" } as IncomingMessage;
const open = (feed: LiveFeed, page = new Page()) => {
  feed.open(GET, page as unknown as ServerResponse);
  return page;
};
const stateOf = (...runs: readonly string[]): LiveState => ({
  version: "0",
  roots: [],
  runs: runs.map((name) => ({ name }) as RunEntry),
});

test("all pages share one look a second, and what has not changed is not turned into text", () => {
  const toJSON = vi.fn(() => ["one"]);
  const state = { ...stateOf(), runs: Object.assign([], { toJSON }) };
  const look = vi.fn(() => ({ ...state }));
  const feed = new LiveFeed(look);
  const pages = [open(feed), open(feed), open(feed)];
  vi.clearAllMocks();
  vi.advanceTimersByTime(10_000);
  expect([look.mock.calls.length, toJSON.mock.calls.length]).toEqual([10, 0]);
  expect(pages.map(({ written }) => written.length)).toEqual([1, 1, 1]);
  feed.close();
});

test("a page that does not keep up is not written to, and hears the newest once it does", () => {
  let n = 0;
  const feed = new LiveFeed(() => stateOf(`state ${n++}`));
  const [slow, quick] = [open(feed), open(feed)];
  slow.writableNeedDrain = true;
  vi.advanceTimersByTime(20_000);
  expect([slow.written.length, quick.written.length]).toEqual([1, 21]);
  slow.writableNeedDrain = false;
  vi.advanceTimersByTime(1000);
  expect(slow.written).toHaveLength(2);
  expect(slow.written[1]).toBe(quick.written.at(-1));
  feed.close();
});

test("a look that fails ends the streams and throws nowhere; the page that asks again hears why", () => {
  let broken = false;
  const feed = new LiveFeed(() => {
    if (broken) throw new Error("no look");
    return stateOf("one");
  });
  const page = open(feed);
  broken = true;
  vi.advanceTimersByTime(5000);
  expect([page.ended, vi.getTimerCount()]).toEqual([true, 0]);
  expect(() => open(feed)).toThrow("no look");
});

test("nothing is looked at once the last page has gone", () => {
  const look = vi.fn(() => stateOf("one"));
  open(new LiveFeed(look)).emit("close");
  expect([look.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0]);
});
