// /v1/environments/{environment}/watch and /adopt: how an environment's pictures have been, day by day, beside its profile.

import { z } from 'zod';
import { ProjectionSelector } from './classification.ts';
import { Label } from './common.ts';
import { Environment } from './environment.ts';
import { Head } from './fit.ts';
import { watchedDaysKept } from './limits.ts';

const PartDrift = z.object({
  /** How far the day's mean lies from the profile's, beyond what chance explains: about 0 ± 1 where nothing has changed. */
  drift: z.number(),
  standardError: z.number(),
  /** How far it has moved, as a share of the spread of single pictures. */
  shift: z.number(),
});

export const WatchedDrift = z.object({
  kept: PartDrift,
  /** Along the directions that the projection drops; absent where it drops none. */
  dropped: PartDrift.optional(),
});
export type WatchedDrift = z.infer<typeof WatchedDrift>;

export const WatchedDay = z.object({
  /** UTC. */
  day: z.iso.date(),
  pictures: z.int().min(0),
  /** Share of the pictures. */
  abstained: z.number().min(0).max(1),
  /** The labels answered most, with the mean probability of each. */
  topLabels: z.array(z.object({ label: Label, share: z.number() })),
  /** Still being added to; what it says may change. */
  open: z.boolean(),
  /** Which state of the profile it was compared with. */
  profileRevision: z.int().optional(),
  /** Absent for too few pictures on either side. */
  drift: WatchedDrift.optional(),
  /** Whether the drift is above the threshold. */
  raised: z.boolean(),
});
export type WatchedDay = z.infer<typeof WatchedDay>;

/** `drifted` from a judged day above the threshold on, until one below it or a change of the profile. */
export const WatchState = z.enum(['unwatched', 'steady', 'drifted']);
export type WatchState = z.infer<typeof WatchState>;

export const WatchedSeries = z.object({
  /** Absent: plain CLIP. */
  projection: z.object({ id: z.string(), name: z.string(), version: z.int() }).optional(),
  head: Head,
  /** Of how many labels; `ownLabels` where the questions brought their own. */
  labels: z.int().min(1),
  ownLabels: z.boolean(),
  state: WatchState,
  /** The first day of the present drift. */
  since: z.iso.date().optional(),
  /** Oldest first. */
  days: z.array(WatchedDay),
});
export type WatchedSeries = z.infer<typeof WatchedSeries>;

export const WatchQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(watchedDaysKept).default(30),
  projection: ProjectionSelector.optional(),
});
export type WatchQuery = z.infer<typeof WatchQuery>;

export const Watch = z.object({
  environment: z.string(),
  profileRevision: z.int(),
  threshold: z.number(),
  /** The worst of its series. */
  state: WatchState,
  since: z.iso.date().optional(),
  /** One for each projection's head, or set of labels, that the environment was named with; the busiest first. */
  series: z.array(WatchedSeries),
});
export type Watch = z.infer<typeof Watch>;

export const WatchAdoption = z
  .strictObject({
    /** First and last day to take, UTC. Default: the present drift's first day, or a week ago, until today. */
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, '`from` is after `to`');
export type WatchAdoption = z.infer<typeof WatchAdoption>;

export const WatchAdopted = Environment.extend({
  adopted: z.object({ from: z.iso.date(), to: z.iso.date(), pictures: z.int().min(1) }),
});
export type WatchAdopted = z.infer<typeof WatchAdopted>;
