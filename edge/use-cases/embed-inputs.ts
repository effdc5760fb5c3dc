// From the inputs of a request to unit embeddings: addresses are fetched (fetch-addresses.ts), given embeddings are checked and
// pictures named (name-inputs.ts), those seen before are looked up (look-up-pictures.ts), and the rest go to the worker together
// (encode-missing.ts).

import type { EmbeddingSource } from '#shared/contracts/classification.ts';
import { err } from '#shared/result.ts';
import { lookingUpMs } from '../limits/thread-work.ts';
import type { EmbeddedResult, EmbedSources, EmbedTarget, Input } from './embedded.ts';
import { encodeMissing } from './encode-missing.ts';
import { fetchAddresses } from './fetch-addresses.ts';
import type { AskingForPictures } from './hold-pictures.ts';
import { lookUpPictures } from './look-up-pictures.ts';
import { nameInputs } from './name-inputs.ts';
import { notAPicture } from './picture-format.ts';

/** In the order of the inputs. */
export async function embedInputs(
  inputs: readonly Input[],
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<EmbeddedResult[]> {
  const busy = await asking.beforeWork(lookingUpMs(inputs.length));
  if (busy !== undefined) return inputs.map(() => err(busy));
  const startedMs = performance.now();
  const fetched = await fetchAddresses(inputs, target, asking, sources);
  const fetchedMs = fetched.size > 0 ? asking.timing?.since('fetch', startedMs) : startedMs;
  const named = await nameInputs(inputs, target, fetched, sources);
  const looked = await lookUpPictures(named, target, asking, sources);
  asking.timing?.since('lookup', fetchedMs ?? startedMs);
  const hits = looked.filter(
    (found) => found.state === 'known' && found.result.ok && isStoredIn(found.result.value.source),
  );
  if (hits.length > 0) asking.count('cacheHits', hits.length);
  const missing = new Map<string, Uint8Array>();
  for (const found of looked) if (found.state === 'unknown') missing.set(found.sha256, found.bytes);
  const encoded = missing.size === 0 ? new Map() : await encodeMissing(missing, target, asking, sources);
  return looked.map((found) =>
    found.state === 'known' ? found.result : (encoded.get(found.sha256) ?? err(notAPicture)),
  );
}

/** What was given is nothing that was seen, and a large picture that was sent for has just been encoded. */
const isStoredIn = (source: EmbeddingSource) => source === 'memory' || source === 'storage';
