// What the Try screen knows, and how what happens changes it. Asks nothing.

import type { Answer, Side } from './ask.ts';
import type { Lead } from './lead.ts';
import type { LoadedPicture, Variant } from './picture.ts';

export type State = {
  readonly pictures: readonly LoadedPicture[];
  /** What someone has said that pictures show, by their hash. */
  readonly told: ReadonlyMap<string, string>;
  /** The picture shown first because of what its answers show, and what was found. */
  readonly lead: Lead | undefined;
  /** By `answerKey`; those of an earlier question are thrown away. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly round: number;
};

export type Event =
  | { readonly type: 'added'; readonly pictures: readonly LoadedPicture[] }
  | { readonly type: 'removed'; readonly id: string }
  | { readonly type: 'cleared' }
  | { readonly type: 'asked-anew' }
  | { readonly type: 'led'; readonly lead: Lead }
  | { readonly type: 'told'; readonly labels: ReadonlyMap<string, string> }
  | {
      readonly type: 'answered';
      readonly round: number;
      readonly answers: readonly (readonly [string, Answer])[];
    };

export function answerKey(picture: string, variant: Variant, side: Side): string {
  return `${picture} ${variant} ${side}`;
}

export const empty: State = { pictures: [], told: new Map(), lead: undefined, answers: new Map(), round: 0 };

export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'added':
      return { ...state, pictures: [...asTold(event.pictures, state.told), ...state.pictures] };
    case 'removed':
      return { ...state, pictures: state.pictures.filter(({ id }) => id !== event.id) };
    case 'cleared':
      return { ...state, pictures: [], lead: undefined, answers: new Map(), round: state.round + 1 };
    case 'asked-anew':
      return { ...state, lead: undefined, answers: new Map(), round: state.round + 1 };
    case 'led': {
      const first = state.pictures.filter(({ id }) => id === event.lead.picture);
      const others = state.pictures.filter(({ id }) => id !== event.lead.picture);
      return { ...state, lead: event.lead, pictures: [...first, ...others] };
    }
    case 'told': {
      const told = new Map([...state.told, ...event.labels]);
      return { ...state, told, pictures: asTold(state.pictures, told) };
    }
    case 'answered':
      if (event.round !== state.round) return state;
      return { ...state, answers: new Map([...state.answers, ...event.answers]) };
  }
}

function asTold(
  pictures: readonly LoadedPicture[],
  told: ReadonlyMap<string, string>,
): readonly LoadedPicture[] {
  return pictures.map((picture) => {
    const trueLabel = told.get(picture.sha256) ?? picture.trueLabel;
    return trueLabel === picture.trueLabel ? picture : { ...picture, trueLabel };
  });
}
