// Loaded into a worker before its own code (`workerEnvironment` of `endedByPictures`): ends its process, as a fault in native code would, when
// a picture that holds the marker comes to be decoded.

import process from 'node:process';
import { parentPort } from 'node:worker_threads';
import { pictureMarker } from './poison.ts';

const { kill, pid } = process;
// Only threads that decode are sent bytes with a plan of what is to be made of them.
if (parentPort !== null) {
  const port = parentPort;
  const on = port.on.bind(port);
  port.on = ((event: string, listener: (message: unknown) => void) =>
    on(event, (message: unknown) => {
      if (event === 'message' && holdsMarker(message)) kill(pid, 'SIGKILL');
      else listener(message);
    })) as typeof port.on;
}

function holdsMarker(message: unknown): boolean {
  const bytes = (message as { request?: { bytes?: unknown } } | undefined)?.request?.bytes;
  return bytes instanceof Uint8Array && Buffer.from(bytes).includes(pictureMarker);
}
