// Of this isolate: whether somebody waits for a worker, or did lately. A number only, so that requests may share it.

import { type Callers, createCallers } from '#shared/callers.ts';

export const isolateCallers: Callers = createCallers();
