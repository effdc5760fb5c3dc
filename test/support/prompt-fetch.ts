// Loaded before every test file. A test that has computed for seconds, or that a busy machine has kept waiting, sends nothing on a
// connection which the other side closes: Node's fetch would find out by the request that it loses, and sends no POST twice.

import { Agent, setGlobalDispatcher } from 'undici';

/**
 * Long before the five seconds after which workerd closes one that nobody uses: by its own clock, which began when it had answered,
 * not when a busy test came to read the answer.
 */
setGlobalDispatcher(new Agent({ keepAliveTimeout: 250 }));

const { fetch: send, setImmediate: nextTurn } = globalThis;

/** What the sockets have to say is heard first: timers and sockets have their turn between the first and the second. */
const turns = 2;

globalThis.fetch = async (...request) => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => nextTurn(resolve));
  return send(...request);
};
