// What each input of a request is called before anything is looked up: a picture by the hash of its bytes. What is no picture, or
// too long a one, is told from its bytes alone.

import { appError } from '#shared/app-error.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import { sha256Hex } from '#shared/digest.ts';
import { pictureTypeOf } from '#shared/pictures/signature.ts';
import { err } from '#shared/result.ts';
import { createBreather } from '../clients/breathe.ts';
import {
  checkEmbedding,
  type EmbeddedResult,
  type EmbedSources,
  type EmbedTarget,
  type Input,
} from './embedded.ts';
import { describeNoPicture } from './picture-format.ts';

type Known = { readonly state: 'known'; readonly result: EmbeddedResult };
/** Has to be encoded. */
type Unknown = { readonly state: 'unknown'; readonly sha256: string; readonly bytes: Uint8Array };
/** May have been seen before; `bytes` are there unless the request has the hash alone. */
export type Named = {
  readonly state: 'named';
  readonly index: number;
  readonly sha256: string;
  readonly bytes: Uint8Array | undefined;
};
export type Looked = Known | Unknown;

export const known = (result: EmbeddedResult): Known => ({ state: 'known', result });

/** What each input is called, with a turn for others among many. */
export async function nameInputs(
  inputs: readonly Input[],
  target: EmbedTarget,
  fetched: ReadonlyMap<string, Looked>,
  sources: EmbedSources,
): Promise<(Looked | Named)[]> {
  const breathe = createBreather();
  const named: (Looked | Named)[] = [];
  for (const [index, input] of inputs.entries()) {
    named.push(await nameInput(input, index, target, fetched, sources));
    await breathe();
  }
  return named;
}

async function nameInput(
  input: Input,
  index: number,
  target: EmbedTarget,
  fetched: ReadonlyMap<string, Looked>,
  { maxPictureBytes }: Pick<EmbedSources, 'maxPictureBytes'>,
): Promise<Looked | Named> {
  if (input.kind === 'error') return known(err(input.error));
  if (input.kind === 'embedding') return known(checkEmbedding(input.vector, target, index));
  if (input.kind === 'sha256') return { state: 'named', index, sha256: input.sha256, bytes: undefined };
  if (input.kind === 'picture') return namePicture(input.bytes, index, maxPictureBytes);
  const found = fetched.get(input.url);
  if (found === undefined) throw new Error('every address of a request is fetched before');
  return found;
}

export async function namePicture(
  bytes: Uint8Array,
  index: number,
  maxPictureBytes: number,
): Promise<Known | Named> {
  if (bytes.byteLength > maxPictureBytes) {
    const detail = `A picture may have at most ${describeBytes(maxPictureBytes)}.`;
    return known(err(appError('payload-too-large', detail)));
  }
  if (pictureTypeOf(bytes) === undefined) return known(err(describeNoPicture(bytes)));
  return { state: 'named', index, sha256: await sha256Hex(bytes), bytes };
}
