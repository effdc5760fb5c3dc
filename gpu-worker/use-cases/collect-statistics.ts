// One streaming pass over a shard: each picture is encoded as it is and after its interventions, added to the sums and forgotten.
// Pictures that cannot be read are listed, never fatal. Sums are taken in the order of the stream, so that a repeated shard
// gives the same bytes.

import { type AppError, appError } from '#shared/app-error.ts';
import type { PictureFailure, PictureFailureCode } from '#shared/contracts/artefact.ts';
import type { StatisticsHead } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { QueueOptions } from '../clip/batch-queue.ts';
import type { Encoder } from '../clip/encoder.ts';
import { orderedWindow } from '../clip/ordered-window.ts';
import type { PictureViews } from '../clip/picture-encoder.ts';
import { chooseInterventions } from '../interventions/intervene.ts';
import type { SumsHeader } from '../numbers/collected-sums.ts';
import { type OpenSums, type Sums, sumsHere } from '../numbers/sums.ts';
import { type BrokenStream, type Bytes, goodItems, type ItemStream } from './item-stream.ts';

export type CollectedStatistics = {
  readonly file: Bytes;
  readonly encoded: number;
  readonly failures: readonly PictureFailure[];
};

export async function collectStatistics(
  { head, items }: { readonly head: StatisticsHead; readonly items: ItemStream },
  encoder: Encoder,
  options: QueueOptions,
  sums: Sums = sumsHere,
): Promise<Result<CollectedStatistics, AppError<BrokenStream>>> {
  const fits = checkIndices(head);
  if (!fits.ok) return fits;
  const own = sums.begin(headerOf(head, encoder), encoder.info.embeddingDimension);
  try {
    return await collectInto(own, { head, items }, encoder, options);
  } finally {
    own.drop();
  }
}

async function collectInto(
  sums: OpenSums,
  { head, items }: { readonly head: StatisticsHead; readonly items: ItemStream },
  encoder: Encoder,
  options: QueueOptions,
): Promise<Result<CollectedStatistics, AppError<BrokenStream>>> {
  const pictures = goodItems(items);
  const failures: PictureFailure[] = [];
  let index = 0;
  const encoded = orderedWindow(pictures.items, encoder.window, (bytes) =>
    encodeItem(bytes, head, head.items[index++] as Item, encoder, options),
  );
  let count = 0;
  for await (const { item, chosen, views } of encoded) {
    if (!views.ok) {
      failures.push({ sha256: item.sha256, code: views.error.code, detail: views.error.detail });
      continue;
    }
    const { plain, intervened } = views.value;
    const { environment, class: label, sha256 } = item;
    await sums.add({ environment, class: label, sha256, plain, intervened: pairUp(chosen, intervened) });
    count++;
  }
  const broken = pictures.brokenBy();
  if (broken !== undefined) return err(broken);
  return ok({ file: await sums.finish(failures), encoded: count, failures });
}

type Item = StatisticsHead['items'][number];

type EncodedItem = {
  readonly item: Item;
  /** Indices of the interventions the picture got. */
  readonly chosen: readonly number[];
  readonly views: Result<PictureViews, AppError<PictureFailureCode>>;
};

async function encodeItem(
  bytes: Bytes,
  { encode: { interventions, interventionsPerPicture, seed } }: StatisticsHead,
  item: Item,
  encoder: Encoder,
  options: QueueOptions,
): Promise<EncodedItem> {
  const names = interventions.map(({ name }) => name);
  const chosen = chooseInterventions(names, interventionsPerPicture, { seed, contentSha256: item.sha256 });
  const views = await encoder.encodeViews(bytes, {
    ...options,
    interventions: interventions.filter((_, index) => chosen.includes(index)),
    seed,
    contentSha256: item.sha256,
    ownsFile: true,
  });
  return { item, chosen, views };
}

function pairUp(chosen: readonly number[], intervened: readonly Float32Array[]): Map<number, Float32Array> {
  return new Map(chosen.map((intervention, index) => [intervention, intervened[index] as Float32Array]));
}

function checkIndices({
  items,
  environments,
  classes,
}: StatisticsHead): Result<undefined, AppError<'invalid-request'>> {
  const errors = items.flatMap((item, index) => [
    ...(item.environment < environments.length
      ? []
      : [{ pointer: `/items/${index}/environment`, message: `there are ${environments.length}` }]),
    ...(item.class < classes.length
      ? []
      : [{ pointer: `/items/${index}/class`, message: `there are ${classes.length}` }]),
  ]);
  if (errors.length === 0) return ok(undefined);
  return err(
    appError('invalid-request', 'An item names an environment or class beyond the list.', { errors }),
  );
}

function headerOf(
  { classes, environments, encode, sampleLimit, pairSampleLimit }: StatisticsHead,
  { info }: Encoder,
): SumsHeader {
  return {
    model: info.reference,
    classes,
    environmentNames: environments,
    ...encode,
    sampleLimit,
    pairSampleLimit,
  };
}
