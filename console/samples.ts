// The sample pictures that are served beside the console. infra/assets.ts writes the list this reads.

export type SampleList = {
  /** Folder names of the drawing styles. Of each style every concept has one picture. */
  readonly coloured: readonly string[];
  readonly monochrome: readonly string[];
  /** Folder names of what is drawn, e.g. `monkey_face`. */
  readonly concepts: readonly string[];
};

const base = `${import.meta.env.BASE_URL}samples/`;

/** Concepts to choose among before there is a projection with labels of its own. */
export const firstConcepts = [
  'bear',
  'bird',
  'cat',
  'cow',
  'dog',
  'elephant',
  'fish',
  'frog',
  'horse',
  'lemon',
  'monkey',
  'mushroom',
  'octopus',
  'penguin',
  'pig',
  'pineapple',
  'snail',
  'tiger',
  'tulip',
  'whale',
] as const;

/** Samples offered on the Try screen: each a drawing in a style, coloured ones first. */
export const offeredSamples = [
  { style: 'noto', concept: 'tiger' },
  { style: 'twemoji', concept: 'octopus' },
  { style: 'fxemoji', concept: 'penguin' },
  { style: 'emojione', concept: 'pineapple' },
  { style: 'fluent-emoji-high-contrast', concept: 'elephant' },
  { style: 'fluent-emoji-high-contrast', concept: 'cat' },
  { style: 'fluent-emoji-high-contrast', concept: 'whale' },
  { style: 'emojione-monotone', concept: 'mushroom' },
  { style: 'emojione-monotone', concept: 'horse' },
  { style: 'emojione-monotone', concept: 'snail' },
] as const;

export type Sample = (typeof offeredSamples)[number];

export function sampleUrl(style: string, concept: string): string {
  return `${base}${style}/${concept}.png`;
}

export async function fetchSampleList(signal?: AbortSignal): Promise<SampleList> {
  const response = await fetch(`${base}index.json`, signal === undefined ? {} : { signal });
  if (!response.ok) throw new Error(`The sample pictures could not be loaded (${response.status}).`);
  return response.json() as Promise<SampleList>;
}

export async function fetchSample(style: string, concept: string, signal?: AbortSignal): Promise<Blob> {
  const response = await fetch(sampleUrl(style, concept), signal === undefined ? {} : { signal });
  if (!response.ok) throw new Error(`The sample picture could not be loaded (${response.status}).`);
  return response.blob();
}
