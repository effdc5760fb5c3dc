// A finished file as a response.

export function fileResponse(contentType: string, bytes: Uint8Array<ArrayBuffer>): Response {
  return new Response(bytes, {
    headers: { 'content-type': contentType, 'content-length': String(bytes.byteLength) },
  });
}
