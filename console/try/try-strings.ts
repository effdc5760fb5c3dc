// Words of the Try screen.

import { pictureTypeNames } from '#shared/contracts/picture-types.ts';
import { count } from '../parts/count.ts';

export const tryStrings = {
  title: 'Try',
  asking: 'What is asked',
  lead: 'Ask about a picture, then change how it looks. A good classifier keeps its answer.',
  choosePictures: 'Choose pictures',
  dropTitle: 'Drop, paste or choose pictures',
  dropHint: pictureTypeNames,
  samples: 'Or take a sample',
  sampleName: (concept: string, style: string) => `${concept}, ${style}`,
  addAllSamples: 'Try ten samples',
  asked: (who: string, labels: number) => `${who}, ${count(labels, 'label')}`,
  projection: 'Projection',
  environment: 'Where they come from',
  anyEnvironment: 'not said',
  environmentOption: (name: string, pictures: number) => `${name} (${count(pictures, 'picture')})`,
  noEnvironment: 'With a profile of where they come from there would be a third answer.',
  makeEnvironment: 'Make one',
  noModes: 'This projection was fitted before there were profiles: refit it to use one.',
  withProfile: (projection: string, environment: string) => `${projection} with ${environment}`,
  profileUnused: 'Its profile is not used: this head answers best without one.',
  profileSkewed: 'Its profile shows few of the classes, so it may harm.',
  sigmoid: 'This model judges each label by itself: the probabilities need not sum to 1.',
  noProjection: 'You have no projection yet, so only plain CLIP answers.',
  fitOne: 'Fit one',
  labels: 'Labels to choose among',
  fittedLabels: (number: number) => `Those it was fitted with (${number})`,
  ownLabels: 'My own',
  labelList: 'Labels, one a line',
  labelCount: (number: number) => count(number, 'label'),
  askAgain: 'Ask with these',
  judge: {
    right: 'Right',
    wrong: 'Wrong',
    rightLabel: 'What is it really?',
    rightLabelOf: (answer: string) => `What is it really? ${answer}`,
    keep: 'Keep',
    change: 'Change',
    kept: (label: string, isRight: boolean) =>
      isRight ? `Kept: ${label} is right.` : `Kept: it is ${label}. A refit can take it in.`,
    /** Stands in the data as the environment of pictures that nobody said the origin of. */
    noEnvironment: 'console',
  },
  /** What a button under an answer is about. */
  answerOf: (picture: string, side: string) => `${picture}, ${side}`,
  emptyTitle: 'No pictures yet',
  empty:
    'Drop some anywhere on this page, or take samples. Plain CLIP answers each; then turn a picture grey, blur or invert it, and see whether the answer holds.',
  emptyBeside: (projection: string) =>
    `Drop some anywhere on this page, or take samples. Plain CLIP and ${projection} answer each side by side; then turn a picture grey, blur or invert it, and see whose answers hold.`,
  clear: 'Clear',
  sides: { clip: 'plain CLIP', projection: 'projection' },
  verdicts: { held: 'held', flipped: 'flipped' },
  heldOf: (tried: number) => `of ${tried} answers held`,
  rightOf: (known: number) => `of ${known} right`,
  notAsked: (label: string) =>
    `“${label}” is not among the labels asked about, so no answer here can be right.`,
  leadHolds: (change: string, name: string) => `${change}: plain CLIP changes its answer, ${name} keeps it.`,
  leadFlips: (change: string) =>
    `${change}: plain CLIP changes its answer. A projection is there to keep it.`,
  onlyPlainClip: 'none: plain CLIP alone',
  model: {
    short: (name: string) => `${name} answers: a small model, for a first look`,
    lead: (name: string) =>
      `${name} answers: the small model that comes with the service, for a first look. It knows drawings and simple pictures; for photographs that matter take a real CLIP:`,
    command: 'npm run -s clip-icm -- models pull Xenova/clip-vit-base-patch16',
  },
  grid: {
    filter: 'Which pictures to show',
    filters: { all: 'All', wrong: 'Wrong', flipped: 'Flipped', unsure: 'Unsure' },
    hints: {
      all: 'Every picture',
      wrong:
        'The answer is not what was said to be right, or else what the picture’s folder or the sample’s name says',
      flipped: 'Plain CLIP answers otherwise, or an intervention changed the answer',
      unsure: 'The likeliest label has less than 50 %',
    },
    csv: (pictures: number) => `CSV of ${count(pictures, 'picture')}`,
    file: 'answers.csv',
    tiles: 'Pictures',
    none: 'None of the pictures.',
    noAnswer: 'no answer',
    nothingKnown:
      'Nothing says what these pictures show. Drop folders that are named like the labels, or say under answers what is right, and wrong answers are found.',
  },
  /** To whoever hears the screen. */
  told: {
    of: (what: string, words: string) => `${what}: ${words}`,
    after: (picture: string, change: string) => `${picture}, ${change}`,
    says: (side: string, label: string, percent: string) => `${side} says ${label}, ${percent} %`,
    none: (side: string) => `${side} has no answer`,
    soFar: (done: number, all: number) => `${done} of ${all} answered so far`,
    answered: (done: number, all: number) =>
      done === all
        ? `${done} of ${all} answered`
        : `${done} of ${all} answered, ${all - done} without an answer`,
    held: (side: string, held: number, tried: number) => `${side}: ${held} of ${tried} answers held`,
    first: (picture: string, why: string) => `${picture} is shown first. ${why}`,
  },
  interventionsOf: (name: string) => `Interventions on ${name}`,
  tryAll: (left: number) => (left === 7 ? 'Try all seven' : `Try the other ${left}`),
  tryAllPictures: 'Try all interventions',
  removePicture: (name: string) => `Remove ${name}`,
  refused: 'This picture was refused',
  tooLarge: (has: string, most: string) =>
    `It has ${has}; ${most} is the most. CLIP looks at a few hundred pixels a side, so a smaller copy says as much.`,
  waiting: {
    encoder:
      'Waiting for the encoder. It is busy, starting up or away; the service waits for it to come back.',
    away: 'The encoder is away. Waiting for it to come back: it is asked again.',
    service: 'Waiting for the service, which does not answer. It may be starting up or busy.',
  },
  givenUp: (seconds: number) => `Given up after ${count(seconds, 'second')}.`,
  askFailed: (pictures: number) => `Ask again about ${count(pictures, 'picture')}`,
  tiers: {
    request: 'request',
    memory: 'memory',
    cache: 'cache',
    storage: 'storage',
    worker: 'encoder',
  },
  embedding: 'picture',
  prototypes: 'labels',
  roundTrip: 'in all',
  inService: 'service',
  underOneMs: '< 1 ms',
  embeddingFrom: 'Where the embedding of the picture came from',
  prototypesFrom: 'Which tier had the projection, or the text prototypes of plain CLIP',
  roundTripOf: 'Round trip from this browser',
  serverTime: 'Of that, inside the service, as it says itself',
} as const;
