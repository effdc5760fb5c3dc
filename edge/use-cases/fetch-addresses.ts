// Inputs that came as addresses: a worker fetches each, and what it brings is looked up as what was sent is.

import { inTurn } from '#shared/in-turn.ts';
import { err, ok } from '#shared/result.ts';
import { isWorkerAway, until } from '../clients/worker-call.ts';
import type { EmbedSources, EmbedTarget, Input } from './embedded.ts';
import { settleLarge } from './encode-missing.ts';
import { type AskingForPictures, withFetched } from './hold-pictures.ts';
import { lookUpPictures } from './look-up-pictures.ts';
import { known, type Looked, namePicture } from './name-inputs.ts';
import { notAPicture } from './picture-format.ts';

/** Of one request: as many as a worker fetches for one tenant, and as a request may have connections. */
const fetchesAtOnce = 6;

/** Each address once, however often it is named, at the cost of the plan. */
export async function fetchAddresses(
  inputs: readonly Input[],
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<ReadonlyMap<string, Looked>> {
  const urls = [...new Set(inputs.flatMap((input) => (input.kind === 'url' ? [input.url] : [])))];
  if (urls.length === 0) return new Map();
  const { worker, maxPictureBytes } = sources;
  const { share } = asking;
  const plan = { maxBytes: maxPictureBytes, room: share, takeTurn: () => share.turn('fetch') };
  const fetched = await asking.charge({ fetches: urls.length }, async (refused) => {
    const answers = await inTurn(urls, fetchesAtOnce, (url) =>
      withFetched(url, worker.fetchUrl, plan, until(asking.context, refused), async (bytes) =>
        settleLarge(await lookUpFetched(bytes, target, asking, sources), target, asking, sources),
      ),
    );
    const [first] = answers;
    const noneAsked = answers.every((answer) => !answer.ok && isWorkerAway(answer.error));
    return noneAsked && first !== undefined && !first.ok ? first : ok(answers);
  });
  if (!fetched.ok) return new Map(urls.map((url) => [url, known(fetched)]));
  asking.count('urlsFetched', urls.length);
  return new Map(
    fetched.value.map((answer, index) => [urls[index] ?? '', answer.ok ? answer.value : known(answer)]),
  );
}

async function lookUpFetched(
  bytes: Uint8Array,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked> {
  const named = await namePicture(bytes, 0, sources.maxPictureBytes);
  const [looked] = await lookUpPictures([named], target, asking, sources);
  return looked ?? known(err(notAPicture));
}
