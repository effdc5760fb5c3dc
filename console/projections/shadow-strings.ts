// Words of the shadow: a version that is asked beside the current one.

import { count } from '../parts/count.ts';

export const shadowStrings = {
  title: 'Shadow',
  lead: 'Another version is asked the same as the current one. Callers get the current one’s answers; where the other would have answered otherwise is counted.',
  which: 'Version to ask beside it',
  begin: 'Ask it too',
  end: 'Ask it no more',
  refresh: 'Count again',
  beside: (shadow: string, current: string) => `${shadow} is asked beside ${current}`,
  ended: (shadow: string) => `${shadow} is asked no more`,
  none: 'No answer was counted yet. Counts are some seconds behind.',
  counted: (differing: number, answers: number, share: string) =>
    `${differing} of ${count(answers, 'answer')} would differ (${share} %).`,
  pairs: (shadow: string) => `Where ${shadow} would answer otherwise, the most frequent first`,
  columns: (current: string, shadow: string) => [`${current} says`, `${shadow} says`, 'answers'],
  withheld: '(withheld)',
};
