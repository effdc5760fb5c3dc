// Those inputs of a request that came to an embedding, and what became of the others: for what keeps embeddings, and says beside
// the rest which inputs it could not use.

import type { AppErrorCode } from '#shared/app-error.ts';
import { sha256Hex } from '#shared/digest.ts';
import type { EmbeddedResult } from './embedded.ts';

export type UsableInput = {
  /** Of the input. */
  readonly index: number;
  readonly embedding: Float32Array;
  /** Of the picture's bytes; of the embedding's where that is what was sent. */
  readonly sha256: string;
};

export type InputFault = { readonly index: number; readonly code: AppErrorCode; readonly detail: string };

export async function usableInputs(
  embedded: readonly EmbeddedResult[],
): Promise<{ readonly usable: readonly UsableInput[]; readonly failures: readonly InputFault[] }> {
  const usable: UsableInput[] = [];
  const failures: InputFault[] = [];
  for (const [index, result] of embedded.entries()) {
    if (!result.ok) {
      failures.push({ index, code: result.error.code, detail: result.error.detail });
      continue;
    }
    const { embedding, sha256 } = result.value;
    usable.push({ index, embedding, sha256: sha256 ?? (await hashOf(embedding)) });
  }
  return { usable, failures };
}

function hashOf(embedding: Float32Array): Promise<string> {
  return sha256Hex(new Uint8Array(embedding.slice().buffer));
}
