// An error that stands beside answers: of one input among several.

import { type AppError, errorTable } from '#shared/app-error.ts';

export function describeError({ code, detail, errors }: AppError) {
  return {
    status: errorTable[code].status,
    code,
    detail,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
}
