import { type ClientRequest, request } from "node:http";

const STREAMS = 200;
/** The dashboard holds 128 connections at a time, one of which may be the page's: the rest it hangs up on. */
const LEAST_ANSWERED = 100;

/**
 * Opens many streams of pushes at once, waits until each has had its first push or was hung up on, and drops them all.
 *
 * @returns how many were opened
 */
export async function openAndDrop(url: string): Promise<number> {
  const sent: ClientRequest[] = [];
  const answers = Array.from(
    { length: STREAMS },
    () =>
      new Promise<boolean>((resolve) => {
        const asked = request(`${url}api/live`, { agent: false }, (response) => {
          response.once("data", () => resolve(true)).on("error", () => {});
        });
        sent.push(asked);
        asked.on("error", () => resolve(false)).end();
      }),
  );
  const answered = (await Promise.all(answers)).filter((isAnswered) => isAnswered).length;
  for (const each of sent) each.destroy();
  if (answered < LEAST_ANSWERED) throw new Error(`of ${STREAMS} streams the dashboard answered ${answered}`);
  return STREAMS;
}
