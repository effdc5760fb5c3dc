// What the headers of a request say of its body: how long it is, and of which type.

/** `declared`: declaredLength of the request, which is looked up once. */
export type SentBody = { readonly request: Request; readonly declared: number | undefined };

/** Of the body as it is sent: packed, where it is. */
export function declaredLength(request: Request): number | undefined {
  // It outranks the length: HTTP reads on until the last chunk.
  if (request.headers.has('transfer-encoding')) return undefined;
  const value = request.headers.get('content-length');
  return value === null || !/^\d{1,15}$/.test(value) ? undefined : Number(value);
}

/** `Image/PNG; q=1` as `image/png`. */
export function mediaType(header: string): string {
  const end = header.indexOf(';');
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
}
