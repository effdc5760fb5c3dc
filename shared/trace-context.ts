// W3C Trace Context: a caller's place in their trace, taken from a request and handed on to the workers as it came. The edge adds no
// span of its own.

/** Version, trace, the caller's span, flags; neither id may be all zeros. */
const wellFormed = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The `traceparent` header where it is one; what is not must not lie in a job's row or in logs. */
export function acceptTraceparent(given: string | undefined): string | undefined {
  return given !== undefined && wellFormed.test(given) ? given : undefined;
}
