import type { Tensor as OrtTensor } from "onnxruntime-common";
import { EngineHost } from "./engine-host.js";
import type { EngineReply, EngineRequest } from "./engine-messages.js";
import { loadOrt, type OrtSetup, openSession, runSession, toOrt } from "./ort-web.js";

/** An engine in a worker of the browser: one onnxruntime-web, one thread. The first message sets it up. */

/** The part of a worker's surroundings that is used here; the compiler knows those of a page. */
const page = globalThis as unknown as {
  onmessage: (event: { readonly data: OrtSetup | EngineRequest }) => void;
  postMessage(reply: EngineReply, transfer: Transferable[]): void;
};

async function open(setup: OrtSetup): Promise<EngineHost<OrtTensor>> {
  const ort = await loadOrt(setup);
  return new EngineHost<OrtTensor>(
    {
      feed: (tensor) => toOrt(ort, tensor),
      async open(model) {
        const session = await openSession(ort, model, setup.provider);
        return { run: (feeds) => runSession(session, feeds) };
      },
    },
    setup.provider,
  );
}

let host: Promise<EngineHost<OrtTensor>> | undefined;
let queue: Promise<void> = Promise.resolve();
page.onmessage = ({ data }) => {
  if (host === undefined) {
    host = open(data as OrtSetup);
    host.catch(() => {}); // whoever asks hears of it
    return;
  }
  const [opening, request] = [host, data as EngineRequest];
  queue = queue.then(async () => {
    try {
      const { reply, handOver } = await (await opening).answer(request);
      page.postMessage(reply, handOver);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      page.postMessage({ id: request.id, error: reason, reason }, []);
    }
  });
};
