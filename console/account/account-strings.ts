// Words of an account: keys, webhooks and usage.

import { count } from '../parts/count.ts';

export const accountStrings = {
  title: 'Keys and usage',
  lead: 'Who may call for you, and what they have used.',
} as const;

export const webhookStrings = {
  title: 'Webhooks',
  lead: 'Be told when a job ends, a daily limit is nearly used up, or an environment drifts: events are sent to your address, signed.',
  none: 'None yet.',
  add: 'Add a webhook',
  addTitle: 'Add a webhook',
  address: 'Address',
  madeTitle: 'The secret of your webhook',
  madeWarning: 'Copy it now: this is the only time it is shown. With it you verify that a request is ours.',
  states: { enabled: 'enabled', disabled: 'disabled' },
  events: {
    'job.ended': 'jobs that end',
    'environment.drifted': 'environments that drift',
    'quota.near': 'limits nearly used up',
    'webhook.test': 'test',
  },
  disabledBy: {
    gone: 'Your address said that it is gone.',
    failing: 'Your address took nothing for days.',
  },
  failingSince: (time: string) => `Nothing was taken since ${time}.`,
  outcomes: {
    pending: 'will be tried again.',
    delivered: 'taken.',
    failed: 'failed.',
    dropped: 'dropped.',
  },
  test: 'Send a test',
  disable: 'Disable',
  enable: 'Enable',
  remove: 'Remove',
  removeTitle: 'Remove the webhook?',
  removeHint: (url: string) => `Nothing more is sent to ${url}. This cannot be undone.`,
} as const;

export const keyStrings = {
  title: 'Keys',
  lead: 'Give each application its own, with no more scopes than it needs. A revoked key stops working within 30 seconds.',
  create: 'Make a key',
  createTitle: 'Make a key',
  name: 'Name',
  namePlaceholder: 'e.g. mobile app',
  scopes: 'It may',
  scopeHints: {
    classify: 'classify pictures and embeddings',
    embed: 'embed texts and pictures',
    datasets: 'upload and delete pictures',
    projections: 'fit, move and delete projections',
    evaluate: 'run evaluations',
    'webhooks:manage': 'say where events are sent',
    'keys:manage': 'make and revoke keys, see usage',
  },
  lifetime: 'Expires',
  neverExpires: 'never',
  expiresAfter: (days: number) => `in ${count(days, 'day')}`,
  madeTitle: (name: string) => `Key “${name}”`,
  madeWarning:
    'Copy it now: this is the only time it is shown. The service keeps nothing it could be read from.',
  madeDone: 'I have copied it',
  columns: {
    name: 'key',
    status: 'status',
    scopes: 'scopes',
    lastUsed: 'last used',
    expires: 'expires',
    actions: 'actions',
  },
  states: { active: 'active', disabled: 'disabled', expired: 'expired', revoked: 'revoked' },
  yours: 'this session',
  amongSame: (name: string, prefix: string) => `${name}, ${prefix}`,
  never: 'never',
  rotate: 'Rotate',
  rotateTitle: (name: string) => `Rotate “${name}”`,
  rotateHint: 'You get a new key with the same rights. The old one works on for as long as you say.',
  grace: 'The old key stops',
  graceOf: (hours: number) =>
    hours === 0 ? 'at once' : hours < 48 ? `in ${count(hours, 'hour')}` : `in ${hours / 24} days`,
  disable: 'Disable',
  enable: 'Enable',
  revoke: 'Revoke',
  revokeTitle: (name: string) => `Revoke “${name}”?`,
  revokeOwn: 'It is the key you are signed in with: you will be signed out. This cannot be undone.',
  revokeOther: 'Whoever uses it is refused within 30 seconds. This cannot be undone.',
} as const;

export const usageStrings = {
  title: 'Usage',
  lead: 'By UTC day, all keys together.',
  range: 'Time',
  lastDays: (days: number) => `${days} days`,
  measure: 'What to show',
  measures: {
    requests: 'Requests',
    picturesEncoded: 'Pictures encoded',
    pixelsDecoded: 'Pixels decoded',
    cacheHits: 'Cache hits',
    textsEncoded: 'Texts encoded',
    urlsFetched: 'Addresses fetched',
    errors: 'Errors',
  },
  errorsOf: (errors: number) => count(errors, 'error'),
  leftToday: (pictures: string) => `${pictures} left today`,
  stored: 'Stored',
  storedOf: (limit: string) => `of ${limit}`,
  noPictures: 'no pictures yet',
  shareOf: (share: string) => `${share} of pictures`,
  chart: (measure: string) => `${measure} by day`,
  table: 'Numbers',
  day: 'day',
} as const;
