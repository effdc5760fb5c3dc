// JSON from outside, where damage is an answer and not an accident.

/** `undefined` for what is no JSON; schemas refuse that like any other wrong shape. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
