// What can go wrong while models are fetched, listed or checked. For people at a terminal; no HTTP status belongs to it.

export type ModelsErrorCode =
  | 'invalid-name'
  | 'not-found'
  | 'not-permitted'
  | 'not-a-model'
  | 'unreachable'
  | 'damaged'
  | 'in-the-way'
  | 'disk';

export type ModelsError = { readonly code: ModelsErrorCode; readonly detail: string };

export function modelsError(code: ModelsErrorCode, detail: string): ModelsError {
  return { code, detail };
}

/** The error for a failed file operation (full disk, no permission); `undefined` for anything else, which is a bug. */
export function diskError(error: unknown): ModelsError | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return modelsError('disk', error.message);
}
