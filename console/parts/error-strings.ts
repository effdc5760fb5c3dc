// What is said of failures. Details come from the service, in parts/plain-words.ts’ words.

import { pictureTypeNames } from '#shared/contracts/picture-types.ts';
import { count } from './count.ts';

export const errorStrings = {
  unexpected: 'Something went wrong in this page',
  job: 'The job did not finish',
  requestId: (id: string) => `Request ${id}`,
  retryAfter: (seconds: number) => `Try again after ${count(seconds, 'second')}.`,
  connection: {
    network: {
      title: 'The service cannot be reached',
      detail: 'No answer came. Check that it is running and that you are online, then try again.',
    },
    timeout: {
      title: 'The service took too long',
      detail: 'It may be starting up or busy with a large request. Try again in a moment.',
    },
  },
  codes: {
    unauthenticated: {
      title: 'This key does not work',
      next: 'It is mistyped, revoked or expired. Check that all of it was copied, or take another one.',
    },
    'missing-scope': {
      title: 'This key may not do that',
      next: 'Sign in with a key that has the scope, or give it to a new key under “Keys and usage”.',
    },
    'tenant-suspended': { title: 'This account is suspended', next: 'Ask whoever runs the service.' },
    'not-found': { title: 'There is nothing here', next: 'It may have been deleted.' },
    'unreadable-picture': {
      title: 'This picture cannot be read',
      next: `Send a ${pictureTypeNames} file.`,
    },
    'picture-too-large': {
      title: 'This picture has too many pixels',
      next: 'Send a smaller copy; CLIP looks at a few hundred pixels a side.',
    },
    'payload-too-large': { title: 'This is too large to send', next: 'Send less at once.' },
    'rate-limited': { title: 'Too many requests', next: '' },
    'quota-exceeded': {
      title: 'Today’s quota is used up',
      next: 'It starts anew at midnight UTC; “Keys and usage” shows what was used.',
    },
    'worker-overloaded': { title: 'The encoder is busy', next: '' },
    'worker-unavailable': {
      title: 'The encoder cannot be reached',
      next: 'New pictures have to wait until it is back; pictures seen before are still answered.',
    },
    'too-few-samples': {
      title: 'There are too few pictures to fit from',
      next: 'Add pictures, best from more than one environment.',
    },
  },
} as const;
