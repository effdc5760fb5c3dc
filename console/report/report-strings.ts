// Words of what a fit found.

import { count } from '../parts/count.ts';

export const reportStrings = {
  leftOut: 'on what was left out',
  balanced: 'on sources left out, classes weighing the same',
  noEstimate: 'nothing could be left out, so there is no estimate',
  modeStart: { unprofiled: 'Without a profile', profiled: 'With a profile' },
  twoErrors:
    'The ± of a reason is over pictures, by which is chosen; that above also counts how much environments differ.',
  warnings: 'Before you use it',
  modes: 'With a profile of the environment, and without',
  modesLead:
    'Each source in turn was kept out of the fit and answered: what to expect of a new environment. The mean of 32 of its pictures, or half of them, stood for a profile. A difference within its error is grey: it is no gain.',
  bySource: 'Source by source',
  meanOnly: (names: string) =>
    `Under half of ${names} is labelled: it counts for the means, and nothing was estimated on it.`,
  candidates: 'Everything that was weighed',
  vettingLead:
    'An intervention should leave what a picture shows. Answers flipped: how often plain CLIP changes its mind. Probe: what a probe that has learned from pictures as they are gets on labelled sources, before and after; where it falls far, the intervention takes away what tells the classes apart.',
  editsUnknown:
    'What the edits earned was not measured: that takes the automatic choice, and labelled pictures of three sources or more.',
  spectrum: 'Spectrum',
  projection: 'projection',
  difference: 'difference',
  points: 'points',
  standardError: (points: string) => `standard error ${points} points`,
  bestTried: (gain: string) => `best tried: ${gain} points`,
  afterInterventions: (clip: string, projection: string) =>
    `After interventions: ${clip} % by plain CLIP, ${projection} % by what was chosen.`,
  chosen: 'chosen',
  estimatorHints: {
    identity: 'nothing tried was clearly better, so plain CLIP stays',
    icm: 'keeps k directions',
    soft: 'shrinks every direction',
    gevd: 'keeps k directions by ratio',
    nap: 'drops the directions that move most',
  },
  folds: {
    fixed: {
      title: 'Accuracy on each environment left out',
      lead: 'Estimator and parameters were given. Each environment in turn was kept out all the same, to see what to expect of a new one.',
      caption: 'Accuracy by environment left out',
    },
    'nothing-left-out': {
      title: 'What was asked for',
      lead: 'Estimator and parameters were given, and with one environment or no classes there is nothing to try them on.',
      caption: '',
    },
    'leave-one-environment-out': {
      title: 'Accuracy on each environment left out',
      lead: 'Each environment in turn was kept out of the fit and then classified: what to expect of a new one.',
      caption: 'Accuracy by environment left out',
    },
    'leave-one-intervention-out': {
      title: 'Agreement on each intervention left out',
      lead: 'With one environment or no classes, each intervention in turn was kept out: how often the answer stays the same under it.',
      caption: 'Agreement by intervention left out',
    },
  },
  notTaken: ' (best tried, not taken)',
  curves: 'What the parameters do',
  curvesLead: (head: string) => `Everything the selection tried for the ${head} head.`,
  interventions: 'Interventions',
  interventionsLead:
    'One that changes plain CLIP’s answer on more than half of the pictures does not keep the content, and is left out.',
  interventionColumns: {
    name: 'intervention',
    pairs: 'pairs',
    noOps: 'unchanged pictures',
    flipRate: 'answers flipped, %',
    used: 'used',
  },
  pictures: 'Its own pictures, before and after',
  picturesLead:
    'How it answers the pictures it was fitted on. Flattering, since it has seen them; the numbers to trust stand above.',
  compare: 'Compare on the pictures',
  byEnvironment: 'Accuracy by environment, in per cent, and the difference in points',
  gainPoints: 'gain, points',
  accuracy: (by: string) => `${by}, %`,
  withinError: '± is the standard error over the pictures. A gain or a loss within it is grey: it is none.',
  mean: 'mean of environments',
  changed: (pictures: number, corrected: number, broken: number) =>
    `Of ${count(pictures, 'picture')}, ${corrected} turned right and ${broken} turned wrong.`,
  corrected: 'Most corrected',
  broken: 'Most broken',
  none: 'None.',
} as const;
