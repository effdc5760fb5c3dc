// Loaded before every test file. A test that has computed for seconds, or that a busy machine has kept waiting, sends nothing on a
// connection which the other side has closed meanwhile: what the sockets have to say is heard first. Node's fetch would find out
// by the request that it loses, and sends no POST twice.

const { fetch: send, setImmediate: nextTurn } = globalThis;

/** Timers and sockets have their turn between the first and the second. */
const turns = 2;

globalThis.fetch = async (...request) => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => nextTurn(resolve));
  return send(...request);
};
