// Every word the console says: what all screens share, and those of each screen from the file beside it. Figures bring their own
// captions (shared/figures); details of errors come from the service.

import { accountStrings, keyStrings, usageStrings, webhookStrings } from './account/account-strings.ts';
import { batchStrings } from './batches/batch-strings.ts';
import { environmentStrings } from './environments/environment-strings.ts';
import { fitStrings } from './fit/fit-strings.ts';
import { interventionStrings } from './fit/intervention-strings.ts';
import { jobStrings } from './fit/job-strings.ts';
import { solveStrings } from './fit/solve-strings.ts';
import { errorStrings } from './parts/error-strings.ts';
import {
  compareStrings,
  projectionStrings,
  refitStrings,
  useStrings,
} from './projections/projection-strings.ts';
import { shadowStrings } from './projections/shadow-strings.ts';
import { reportStrings } from './report/report-strings.ts';
import { tryStrings } from './try/try-strings.ts';

export const strings = {
  pageTitle: (title: string) => `${title} · clip-icm`,
  common: {
    retry: 'Try again',
    cancel: 'Cancel',
    delete: 'Delete',
    ended: (what: string, state: string) => `${what}: ${state}`,
    deleted: (what: string) => `${what} was deleted`,
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'Copy it by hand',
    words: 'What is:',
    loading: 'Loading',
    yes: 'yes',
    no: 'no',
    nameRule:
      'Lower-case letters, digits, “.”, “_” and “-”; 1 to 63 characters, a letter or digit at both ends',
  },
  time: {
    seconds: (seconds: number) => `${seconds} s`,
    minutes: (minutes: number) => `${minutes} min`,
    hours: (hours: number) => `${hours} h`,
  },
  shell: {
    name: 'clip-icm',
    skip: 'Skip to content',
    navigation: 'Screens',
    screens: {
      try: 'Try',
      fit: 'Fit',
      projections: 'Projections',
      environments: 'Environments',
      batches: 'Batches',
      account: 'Keys and usage',
    },
    docs: 'API reference',
    theme: 'Colours',
    themes: { system: 'Auto', light: 'Light', dark: 'Dark' },
    signOut: 'Sign out',
    signedInWith: 'The key you are signed in with',
    offlineTitle: 'You are offline',
    offline:
      'The service cannot be reached. Pictures that it did not answer are asked about again when it can.',
    backOnline: 'The service can be reached again',
  },
  nothingHere: {
    title: 'There is no such page',
    lead: 'The address may be mistyped, or of another version of the console. The pages that there are stand in the menu.',
    start: 'Go to Try',
  },
  noRight: 'The key that you are signed in with may do nothing here. Whoever made it can make one that may.',
  signIn: {
    title: 'Sign in',
    lead: 'See what plain CLIP answers, fit a projection on your own pictures, and watch it hold where CLIP wavers.',
    key: 'API key',
    placeholder: 'icm_…',
    keep: 'Keep me signed in until this tab is closed',
    submit: 'Sign in',
    hint: {
      before: 'On your own machine,',
      after: 'prints a link that signs you in. The key stays in this tab and goes to this service only.',
    },
    refusedTitle: 'You have been signed out',
    refused:
      'The service no longer takes this key: it was revoked, has expired, or is mistyped. Use another one.',
  },
  errors: errorStrings,
  interventions: interventionStrings,
  try: tryStrings,
  fit: fitStrings,
  shadow: shadowStrings,
  solve: solveStrings,
  batches: batchStrings,
  job: jobStrings,
  report: reportStrings,
  projections: projectionStrings,
  use: useStrings,
  compare: compareStrings,
  environments: environmentStrings,
  refit: refitStrings,
  account: accountStrings,
  webhooks: webhookStrings,
  keys: keyStrings,
  usage: usageStrings,
} as const;
