// Whether the window is so narrow that what is asked stands above the answers: then it is folded to a line each, so that the first
// answer is in sight.

import { useMedia } from '../parts/use-media.ts';

/** As in try.css. */
export function useFolded(): boolean {
  return useMedia('(max-width: 62rem)');
}
