// Words of environments: profiles, how far they lie from the sources, and the watch.

import { count } from '../parts/count.ts';

export const environmentStrings = {
  title: 'Environments',
  lead: 'A profile is the mean of a few pictures from one place, without labels. Taken out of each answer, it takes with it what all pictures of that place have in common: the light, the camera, the style.',
  makeTitle: 'Make a profile, or add to one',
  makeLead:
    'Give it at least half as many classes as you will ask about, each about as often: 32 pictures do. A batch of one class alone takes that class away.',
  choosePictures: 'Choose pictures of one place',
  dropTitle: 'Drop or choose pictures of one place',
  dropHint: 'no labels needed; sent 64 at a time',
  name: 'Name of the environment',
  namePlaceholder: 'e.g. night camera',
  nameRule: 'Up to 100 characters, no “:” and no “/”',
  chosen: (pictures: number) => `${count(pictures, 'picture')} chosen`,
  make: 'Make the profile',
  add: 'Add to the profile',
  chooseOthers: 'Choose others',
  sending: 'Encoding',
  sent: (done: number, total: number) => `Encoded ${done} of ${total}`,
  made: (name: string, pictures: number) => `${name} now has ${count(pictures, 'picture')}`,
  failed: (number: number) => `${count(number, 'picture')} could not be used`,
  profiles: 'Profiles',
  profilesLead: 'How each looks to the projection chosen.',
  seenBy: 'Seen by',
  noProjection: 'Fit a projection to see how far a profile lies from its sources.',
  emptyTitle: 'No profiles yet',
  empty:
    'Give a few pictures of the place above. You can also send them with the API, or take them from a dataset.',
  columns: {
    name: 'environment',
    pictures: 'pictures',
    changed: 'changed',
    use: 'used by',
    spread: 'classes shown',
    nearest: 'nearest source',
    actions: 'actions',
  },
  usedByNone: 'none, better without',
  unknown: '–',
  skewed: 'skewed',
  spread: (own: string, sources: string) => (sources === '' ? own : `${own} of ${sources}`),
  source: 'source',
  spreadHint:
    'Classes shown: how many its pictures are answered with, of how many as many pictures of the sources are. Under half is skewed: what nearly all of them show is taken away with their mean. Add pictures of other classes.',
  nearest: (source: string, errors: string) => `${source}, ${errors} standard errors away`,
  distancesOf: (name: string) => `How far ${name} is from the sources`,
  distanceTable: (name: string) => `${name}: distance from the sources, in standard errors`,
  distanceHint:
    'In standard errors of a mean of as many pictures: those like a source’s lie at 0, give or take 1; much more is another place. Where the heads drop directions, a distance in those no longer counts.',
  kept: (heads: string) => `in what is kept (${heads})`,
  dropped: (heads: string) => `in what is dropped (${heads})`,
  otherModel: 'made for another model',
  deleteTitle: (name: string) => `Delete ${name}?`,
  deleteWarning: 'Requests that name it will be refused. Its pictures were never kept.',
  watch: {
    title: 'Watch',
    lead: 'How the pictures that were classified with an environment have been beside its profile. Only sums are kept, no picture.',
    nothing:
      'Nothing yet. Name an environment when you classify, and its days appear here; from 16 pictures on a day is compared.',
    cardOf: (environment: string) => `Watch of ${environment}`,
    states: { unwatched: 'not watched', steady: 'no drift', drifted: 'drifted' },
    steady: 'Its pictures are like those of its profile, as far as chance can tell.',
    drifted: (since: string) =>
      `Since ${since} its pictures are no longer like those of its profile, so what is taken out of answers is no longer what they share. If the place has changed for good, make the profile of what has been seen since.`,
    todayRaised:
      'Today’s pictures are unlike those of its profile so far. The day is judged when it is over.',
    plain: 'plain CLIP',
    kept: 'what is kept',
    dropped: 'what is dropped',
    thresholdLine: 'raised above this',
    chartTitle: (environment: string, asked: string) => `${environment}: drift by day, ${asked}`,
    dayWords: (kept: number, dropped: number | undefined, open: boolean) =>
      `drift ${kept.toFixed(1)}${dropped === undefined ? '' : `, in what is dropped ${dropped.toFixed(1)}`}${open ? ', so far' : ''}`,
    tooFew: 'Too few pictures on every day to compare: 16 are needed, and 2 in the profile.',
    numbers: 'Numbers',
    scale: (threshold: number) =>
      `Drift is the distance of a day’s mean from the profile’s, in standard errors: 0, give or take 1, where nothing has changed. Above ${threshold} a day is raised. What another mix of answers explains is not part of it.`,
    columns: {
      day: 'day',
      pictures: 'pictures',
      kept: 'drift, kept',
      dropped: 'drift, dropped',
      shift: 'moved by, of the spread',
      abstained: 'abstained',
      labels: 'answered most',
    },
    openDay: (day: string) => `${day}, so far`,
    adopt: 'Make the profile anew',
    adoptTitle: (environment: string) => `Make the profile of ${environment} anew?`,
    adopted: (environment: string) => `The profile of ${environment} was made anew`,
    adoptDrifted:
      'The profile becomes the mean of the pictures since the drift began, in place of those it was made of. Answers use it within 5 seconds.',
    adoptSteady:
      'The profile becomes the mean of the last seven days’ pictures, in place of those it was made of. Answers use it within 5 seconds.',
  },
} as const;
