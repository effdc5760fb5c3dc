// Words of projections and their versions: the list, one of them, code to copy, two compared, and a refit.

import { count } from '../parts/count.ts';

export const projectionStrings = {
  title: 'Projections',
  lead: 'What you have fitted. A name means its current version; name@version stays what it is.',
  one: 'Projection',
  versionOf: (name: string, version: number) => `${name}@${version}`,
  versionsOf: (name: string) => `Versions of ${name}`,
  current: 'current',
  states: { fitting: 'fitting', ready: 'ready', failed: 'failed', cancelled: 'cancelled' },
  columns: {
    version: 'version',
    state: 'state',
    unprofiled: 'without a profile',
    profiled: 'with a profile',
    labels: 'labels',
    made: 'made',
    compare: 'compare',
  },
  fitNew: 'Fit a projection',
  compareCount: (number: number) => `Compare (${number} of 2)`,
  compareThis: (name: string) => `Compare ${name}`,
  noProfiles: 'none: refit to use one',
  emptyTitle: 'No projections yet',
  empty: 'Fit one on pictures of a few environments. With the sample pictures that takes about a minute.',
  upload: 'Upload .icm',
  uploadTitle: 'Upload a projection',
  uploaded: (version: string) => `${version} was uploaded`,
  uploadFile: 'File (.icm)',
  back: '← All projections',
  makeCurrent: 'Make current',
  tryIt: 'Try it',
  embeddedModel: 'the small model that comes with the service',
  rollBack: 'Roll back',
  madeCurrent: (name: string, version: string) => `“${name}” means ${version} now`,
  candidate: 'candidate',
  candidateTitle: (name: string) => `A candidate: whoever asks for “${name}” gets another version`,
  corrected: 'What was corrected',
  correctedLead:
    'Of the corrected pictures that this version took in: how many are answered right. After: with the whole environment left out of the fit, since what is in a fit is not held out of it.',
  correctedColumns: ['pictures', 'compared', 'before, %', 'after, %'],
  correctedCaption: 'Corrected pictures answered right, by environment',
  download: 'Download .icm',
  deleteTitle: (name: string) => `Delete ${name}?`,
  deleteCurrent: (name: string) =>
    `It is what “${name}” means now: callers of that name will get an error until another version is made current.`,
  deleteOther: 'Callers that name this version will get an error. This cannot be undone.',
  facts: 'Facts',
  factNames: {
    id: 'Id',
    model: 'Model',
    datasets: 'Datasets',
    labels: 'Labels',
    templates: 'Template',
    hash: 'Content hash',
    size: 'Size',
    made: 'Made',
  },
} as const;

export const useStrings = {
  title: 'Use it',
  leadCurrent: (name: string, version: string) =>
    `“${name}” means whichever version is current; to stay with this one say “${version}”.`,
  leadVersion: (version: string) => `By this version; it stays what it is: “${version}”.`,
  before: 'Put your API key into the environment first:',
  pack: 'It needs the client. In a checkout of clip-icm:',
  install: 'then in your project:',
  languages: { curl: 'curl', typescript: 'TypeScript', python: 'Python' },
  language: 'Language',
} as const;

export const compareStrings = {
  title: 'Compare two versions',
  numbers: 'Numbers',
  difference: 'difference, points',
  errorHint:
    '± is what the errors of both gains over plain CLIP come to (the root of the sum of their squares), pictures and environments. A difference within it is grey: it is none.',
  noError: 'no error known',
  noErrorHint:
    'No error is known where neither version gains or loses anything over plain CLIP, or where a file of the first format does not hold one. Such a difference is grey: nothing says whether it is one.',
  unpairedHint:
    'They were estimated on different pictures, which cannot be paired: how much easier the ones are than the others is in the difference, and in no error.',
  spectra: 'Spectra',
  spectraLead: 'Where one lies higher, its pictures vary more for what the interventions move them.',
  sameSpectrum: 'Both were solved from the same statistics, so they have the same one.',
  rows: {
    unprofiled: 'answers by',
    profiled: 'with a profile by',
    projection: 'average left out, %',
    labels: 'labels',
    datasets: 'datasets',
    made: 'made',
  },
  leftOut: (fold: string) => `${fold} left out, %`,
  estimate: (head: string, mode: string) => `${head}, ${mode}, %`,
} as const;

export const refitStrings = {
  title: 'Refit',
  lead: 'Solve again from the stored statistics: a new version in moments, with no picture encoded.',
  start: 'Refit as a new version',
  takeCorrections: (corrections: number, hasMore: boolean) =>
    `Take in ${hasMore ? 'more than ' : ''}${count(corrections, 'correction')} of its answers`,
} as const;
