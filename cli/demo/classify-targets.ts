// Classifies pictures that the fit never saw, through the public API: by plain CLIP; by each head of what `auto` chose, without a
// profile and with one; and by each head with means taken out, which needs a profile.

import type { ClipIcmClient } from '#client/client.ts';
import type { ClassificationResult, Prediction } from '#shared/contracts/classification.ts';
import type { Head } from '#shared/contracts/fit.ts';
import type { SamplePicture, Target } from './sample-pictures.ts';

/** `auto` without a profile is `zeroShot` and `probe`; the probe has no plain counterpart but that of a fit. */
export const ways = [
  'plain',
  'zeroShot',
  'zeroShotProfiled',
  'zeroShotCentred',
  'plainProbe',
  'probe',
  'probeProfiled',
  'probeCentred',
] as const;
export type Way = (typeof ways)[number];

export type Answered = {
  readonly target: Target;
  readonly picture: SamplePicture;
  /** All labels, most probable first. */
  readonly by: Readonly<Record<Way, readonly Prediction[]>>;
};

export type ClassifyBy = {
  /** Ids of projections: what `auto` chose, and `identity`, which projects nothing away. */
  readonly auto: string;
  readonly centred: string;
  /** Of both, and plain CLIP is told the same. */
  readonly labels: string[];
  readonly templates: string[];
};

/** What one request takes. */
const batchSize = 64;

/** Makes the target's profile, named like it, and asks about each scored picture in every way. */
export async function classifyTarget(
  client: ClipIcmClient,
  by: ClassifyBy,
  target: Target,
): Promise<Answered[]> {
  const profile = await client.environments.createFrom(
    { name: target.name },
    target.profile.map(({ bytes }) => bytes),
  );
  if (profile.failures[0] !== undefined) {
    throw new Error(`A sample picture was refused: ${profile.failures[0].detail}`);
  }
  const answered: Answered[] = [];
  for (let start = 0; start < target.scored.length; start += batchSize) {
    const batch = target.scored.slice(start, start + batchSize);
    const answers = await askAll(client, by, target.name, batch);
    for (const [index, picture] of batch.entries()) {
      const own = ways.map((way) => [way, predictionsOf(answers[way][index])]);
      answered.push({ target, picture, by: Object.fromEntries(own) });
    }
  }
  return answered;
}

type Results = readonly ClassificationResult[];

/** The bytes travel once; after that pictures are named by their hashes. */
async function askAll(
  client: ClipIcmClient,
  { auto, centred, labels, templates }: ClassifyBy,
  environment: string,
  batch: readonly SamplePicture[],
): Promise<Readonly<Record<Way, Results>>> {
  const topK = labels.length;
  const inputs = batch.map(({ sha256 }) => ({ sha256 }));
  const ask = async (projection: string, head: Head, profile?: string): Promise<Results> => {
    const request = { inputs, topK, projection, head, ...(profile && { environment: profile }) };
    return (await client.classifications.create(request)).results;
  };
  const plain = await client.classifications.pictures(
    batch.map(({ bytes }) => bytes),
    { labels, templates, topK },
  );
  return {
    plain: plain.results,
    zeroShot: await ask(auto, 'zero-shot'),
    zeroShotProfiled: await ask(auto, 'zero-shot', environment),
    zeroShotCentred: await ask(centred, 'zero-shot', environment),
    plainProbe: await ask(centred, 'probe'),
    probe: await ask(auto, 'probe'),
    probeProfiled: await ask(auto, 'probe', environment),
    probeCentred: await ask(centred, 'probe', environment),
  };
}

function predictionsOf(result: ClassificationResult | undefined): readonly Prediction[] {
  if (result === undefined || 'error' in result) {
    throw new Error(
      `A sample picture was not classified: ${result?.error.detail ?? 'no result came for it'}`,
    );
  }
  return result.predictions;
}
