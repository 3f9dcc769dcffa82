import { useEffect, useState } from "preact/hooks";
import type { JobEnd, JobNews } from "../shared/protocol.js";
import { failure } from "./live.js";

/** How far something is that the server computes for this page. */
export type Followed<Answer, Part> =
  | { readonly state: "waiting"; readonly share: number; readonly doing: string; readonly part?: Part }
  | { readonly state: "there"; readonly answer: Answer }
  | { readonly state: "cancelled" }
  | { readonly state: "failed"; readonly error: string };

/** What is there of an answer: all, a part, or nothing. */
export const knownOf = <Answer, Part>(followed: Followed<Answer, Part>): Answer | Part | undefined =>
  followed.state === "there" ? followed.answer : followed.state === "waiting" ? followed.part : undefined;

const BEGUN = { state: "waiting", share: 0, doing: "Asking the server" } as const;

/**
 * Has the server compute something and hears how far it is. The server stops when the page is left, asks for another
 * address or cancels.
 *
 * @param address null asks for nothing
 */
export function useFollowed<Answer, Part>(address: string | null) {
  const [time, setTime] = useState(0);
  const key = `${time} ${address}`;
  const [heard, setHeard] = useState<{ readonly key: string; readonly followed: Followed<Answer, Part> } | null>(null);
  const [leave, setLeave] = useState<AbortController | null>(null);
  useEffect(() => {
    if (address === null) return;
    const left = new AbortController();
    setLeave(left);
    const say = (followed: Followed<Answer, Part>) => {
      if (!left.signal.aborted) setHeard({ key, followed });
    };
    follow<Answer, Part>(address, left.signal, say).catch((error: Error) =>
      say({ state: "failed", error: error.message }),
    );
    return () => left.abort();
  }, [key]);
  const followed: Followed<Answer, Part> = heard?.key === key ? heard.followed : BEGUN;
  return {
    followed,
    cancel() {
      leave?.abort();
      setHeard({ key, followed: { state: "cancelled" } });
    },
    again: () => setTime(time + 1),
  };
}

async function follow<Answer, Part>(
  address: string,
  signal: AbortSignal,
  say: (followed: Followed<Answer, Part>) => void,
): Promise<void> {
  const response = await fetch(`${address}&follow=1`, { signal });
  if (!response.ok || response.body === null) throw new Error(await failure(response));
  let known: { readonly part?: Part } = {};
  for await (const line of linesOf(response.body)) {
    const said = JSON.parse(line) as JobNews<Part> | JobEnd<Answer>;
    if ("error" in said) throw new Error(said.error);
    if ("answer" in said) return say({ state: "there", answer: said.answer });
    known = { ...known, ...said };
    say({ ...BEGUN, ...said, ...known });
  }
  throw new Error("The server ended before it had the answer.");
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const [reader, decoder] = [body.getReader(), new TextDecoder()];
  for (let rest = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
