// A fit that is asked for all seven edits, here and in another checkout in turns, over photographs and over small drawings that no
// fit has seen. Counted is the stage that encodes: what follows it depends on the method of the day.

import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '#client/client.ts';
import type { TreePicture } from '#client/upload-tree.ts';
import { defaultPictureInterventions } from '#shared/contracts/intervention.ts';
import { projectRoot } from '../../infra/project-root.ts';
import { distinctPictures } from '../load/support/load-tenant.ts';
import type { Row } from './benchmark.ts';
import { type Checkout, openCheckout } from './contenders/open-checkout.ts';
import { median, medianRatio } from './measure.ts';
import { makePhotographs } from './worker/photographs.ts';

const rounds = 5;
const pictures = 400;
const environments = ['north', 'south'] as const;
const classes = 4;
const lookEveryMs = 40;

type Round = { readonly perSecond: number; readonly cpuMs: number };

export async function fitsBeside(against: string, say: (progress: string) => void): Promise<Row[]> {
  const models = `${projectRoot}/gpu-worker/models`;
  const [ours, before] = [await openCheckout(projectRoot, models), await openCheckout(against, models)];
  try {
    const photographs = await makePhotographs(16);
    return [
      ...(await compare('photographs', (round) => photographTree(photographs, round), { ours, before }, say)),
      ...(await compare('drawings of 128 pixels', drawingTree, { ours, before }, say)),
    ];
  } finally {
    await Promise.all([ours.close(), before.close()]);
  }
}

type Sides = { readonly ours: Checkout; readonly before: Checkout };

async function compare(
  what: string,
  tree: (round: number) => Iterable<TreePicture>,
  { ours, before }: Sides,
  say: (progress: string) => void,
): Promise<Row[]> {
  const measured = { ours: [] as Round[], before: [] as Round[] };
  for (let round = 0; round < rounds; round++) {
    say(`${pictures} ${what}, round ${round + 1} of ${rounds}`);
    measured.ours.push(await fitOnce(ours, `${what.split(' ')[0]}-${round}`, tree(round)));
    measured.before.push(await fitOnce(before, `${what.split(' ')[0]}-${round}`, tree(round)));
  }
  const all = (side: keyof typeof measured, name: keyof Round) => measured[side].map((round) => round[name]);
  const middle = (name: keyof Round, digits: number) =>
    [all('ours', name), all('before', name)]
      .map((values) => median(values).toFixed(digits))
      .join(' against ');
  return [
    {
      what: `seven edits, ${what}: pictures a second, ours / the other checkout`,
      value: medianRatio(all('ours', 'perSecond'), all('before', 'perSecond')),
      unit: 'ratio',
      bar: { atLeast: 1.8 },
      note: `${middle('perSecond', 0)} a second; all CPU time of the stack ${middle('cpuMs', 1)} ms a picture`,
    },
  ];
}

async function fitOnce(
  { url, key, cpuMs }: Checkout,
  name: string,
  tree: Iterable<TreePicture>,
): Promise<Round> {
  const client = createClient({ url, key });
  await client.datasets.create({ name });
  await client.datasets.uploadTree(name, tree);
  const cpuBefore = cpuMs();
  const { job } = await client.projections.fit({
    name,
    datasets: [name],
    estimator: 'icm',
    lambda: 1,
    dimension: 64,
    interventions: [...defaultPictureInterventions],
  });
  // A stage may pass between two looks; what counts is when the encoding began, and when something else did. Not by the job's
  // events: the edge looks for those twice a second, and the whole stage takes three.
  let [begunMs, endedMs] = [Number.NaN, Number.NaN];
  for (let isOver = false; !isOver; await delay(lookEveryMs)) {
    const { stage, status } = await client.jobs.get(job.id);
    if (stage === 'encode' && Number.isNaN(begunMs)) begunMs = performance.now();
    endedMs = performance.now();
    const isBefore = stage === undefined || stage === 'plan' || stage === 'encode';
    isOver = !isBefore || (status !== 'queued' && status !== 'running');
  }
  const used = cpuMs() - cpuBefore;
  const seconds = (endedMs - begunMs) / 1000;
  for await (const { status } of client.jobs.events(job.id)) if (status === 'failed') break;
  return { perSecond: pictures / seconds, cpuMs: used / pictures };
}

function* photographTree(
  photographs: readonly Uint8Array<ArrayBuffer>[],
  round: number,
): Generator<TreePicture> {
  for (let index = 0; index < pictures; index++) {
    yield {
      environment: environments[index % environments.length] ?? '',
      class: `class ${Math.floor(index / environments.length) % classes}`,
      filename: `${index}.jpg`,
      data: withJpegComment(photographs[index % photographs.length] ?? new Uint8Array(), `${round} ${index}`),
    };
  }
}

function* drawingTree(round: number): Generator<TreePicture> {
  let index = 0;
  for (const picture of distinctPictures((round + 1) * pictures)) {
    if (index++ >= round * pictures) yield picture;
  }
}

/** The same picture in a file of its own. */
function withJpegComment(jpeg: Uint8Array, comment: string): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(comment);
  const length = text.byteLength + 2;
  const segment = Buffer.from([0xff, 0xfe, length >> 8, length & 0xff]);
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), segment, text, jpeg.subarray(2)]));
}
