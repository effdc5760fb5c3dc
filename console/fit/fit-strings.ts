// Words of the Fit screen.

import { count } from '../parts/count.ts';

export const fitStrings = {
  title: 'Fit a projection',
  lead: 'From pictures of a few environments: different cameras, sites or styles. It learns which directions of the embedding move when only the look changes, and leaves them out.',
  picturesTitle: 'Pictures',
  picturesLead: 'One dataset or several. Each picture has an environment and, best, a class.',
  interventionsTitle: 'Interventions',
  interventionsLead:
    'Each changes the look of a picture. Keep those after which you could still tell what it shows.',
  anotherPicture: 'Show on another picture',
  solveTitle: 'How to solve',
  solveLead:
    'Automatic leaves one environment out in turn and takes what does best there; if nothing beats plain CLIP clearly, plain CLIP stays.',
  nameTitle: 'Name',
  nameLead: 'Callers use this name. Fitting again under it makes the next version.',
  projectionName: 'Name of the projection',
  namePlaceholder: 'e.g. wildlife',
  start: 'Start the fit',
  needsDataset: 'Choose at least one dataset above.',
  noIntervention:
    'Without interventions each picture is encoded once instead of eight times; means of environments are still used.',
  addDataset: 'Add a dataset',
  dropTitle: 'Drop a folder here, or choose one',
  dropHint: 'laid out as environment / class / picture',
  chooseFolder: 'Choose a folder of pictures',
  orSamples: 'Nothing at hand?',
  useSamples: 'Fit on the sample pictures',
  uploadingSamples: 'Uploading the sample pictures',
  sampleStep: (label: string, done: number, total: number) => `${label}: ${done} of ${total}`,
  fetchingSamples: 'Fetching the sample pictures',
  nothingFound: 'No pictures found in class folders',
  treeShape: 'Lay the folder out as environment/class/picture.jpg, for example night/deer/0001.jpg.',
  layout: 'The folders are',
  layouts: { environment: 'environments, with classes in them', class: 'classes' },
  chooseOther: 'Choose others',
  found: (pictures: string, bytes: string) => `${pictures} pictures, ${bytes}.`,
  leftOut: (number: number, example: string) =>
    `${count(number, 'other file')} left out, such as ${example}.`,
  datasetName: 'Name of the dataset',
  upload: 'Upload',
  uploadCount: (number: number) => `Upload ${count(number, 'picture')}`,
  pause: 'Pause',
  resume: 'Go on',
  phases: {
    comparing: (done: number, total: number) => `Comparing with what is there: ${done} of ${total}`,
    sending: (done: number, total: number) => `Sent ${done} of ${total}`,
  },
  uploaded: (added: number, unchanged: number) =>
    `${count(added, 'picture')} added${unchanged === 0 ? '' : `, ${unchanged} already there`}`,
  skipped: (number: number) => `${count(number, 'file')} could not be taken`,
  countCaption: 'Pictures by environment and class',
  environment: 'environment',
  classes: 'classes',
  pictures: 'pictures',
  datasetFacts: (pictures: string, environments: number, classes: number, bytes: string) =>
    `${pictures} pictures · ${count(environments, 'environment')} · ${count(classes, 'class', 'classes')} · ${bytes}`,
  deleteDataset: (name: string) => `Delete ${name}?`,
  deleteDatasetWarning: (pictures: string) =>
    `Its ${pictures} pictures go with it. Projections fitted from it stay as they are.`,
  jobTitle: 'Fitting',
  jobLead:
    'Every picture is encoded once as it is and once after each intervention; then one eigenproblem is solved.',
  again: 'Set up another fit',
  jobLeave: 'You can leave this page: the fit goes on. You will find it under',
} as const;
