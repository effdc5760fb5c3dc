// A text as the ids of its tokens, as some clients of OpenAI's API send it.

import { z } from 'zod';

const maxTokens = 2048;
const maxId = 0x7fff_ffff;

/** Checked in one pass, because z.array looks at every number by itself; the JSON Schema beside it says the same. */
export const TokenIds = z
  .custom<number[]>()
  .superRefine((ids, context) => {
    const fault = tokenFault(ids);
    // Of another kind altogether: a union of which this is a branch is to look at its others.
    if (fault === 'kind') {
      context.addIssue({ code: 'invalid_type', expected: 'array', input: ids, continue: false });
    }
    if (fault !== undefined && fault !== 'kind')
      context.addIssue({ code: 'custom', input: ids, message: fault });
  })
  .meta({ type: 'array', items: { type: 'number' }, minItems: 1, maxItems: maxTokens });

function tokenFault(ids: unknown): string | undefined {
  if (!Array.isArray(ids) || typeof ids[0] !== 'number') return 'kind';
  if (ids.length > maxTokens) return `has more than ${maxTokens} tokens`;
  const isId = (id: unknown) => Number.isInteger(id) && Number(id) >= 0 && Number(id) <= maxId;
  return ids.every(isId) ? undefined : 'expected token ids: whole numbers from 0 on';
}
