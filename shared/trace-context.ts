// W3C Trace Context: a caller's place in their trace, taken from a request and handed on to the workers as it came. The edge adds no
// span of its own.

/** Version, trace, the caller's span, flags; neither id may be all zeros. */
const wellFormed = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The `traceparent` header where it is one; what is not must not lie in a job's row or in logs. */
export function acceptTraceparent(given: string | undefined): string | undefined {
  return given !== undefined && wellFormed.test(given) ? given : undefined;
}

/** The id of the trace that a well-formed `traceparent` is part of. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

const acceptableId = /^[\w.:-]{8,64}$/;

/** The `x-request-id` header where it is harmless in headers and logs. */
export function acceptRequestId(given: string | undefined): string | undefined {
  return given !== undefined && acceptableId.test(given) ? given : undefined;
}
