// The choices of a solve as the form holds them, and as the API takes them.

import type { z } from 'zod';
import type { Head, SolveOptions } from '#shared/contracts/fit.ts';
import { defaultTemplate, type estimators } from '#shared/contracts/names.ts';

/** In the order of the form: those that are worth a try first. */
export const estimatorNames = ['auto', 'icm', 'soft', 'gevd', 'nap', 'identity'] as const satisfies readonly (
  | 'auto'
  | (typeof estimators)[number]
)[];

export type SolveChoices = {
  readonly estimator: (typeof estimatorNames)[number];
  /** `undefined` where it is chosen automatically. */
  readonly lambda: number | undefined;
  readonly dimension: number | undefined;
  readonly heads: readonly Head[];
  readonly template: string;
  readonly centred: boolean;
  readonly removeMean: boolean;
};

export const defaultChoices: SolveChoices = {
  estimator: 'auto',
  lambda: undefined,
  dimension: undefined,
  heads: ['zero-shot'],
  template: defaultTemplate,
  centred: false,
  removeMean: false,
};

/** Which of the two numbers an estimator has at all. */
export function usesLambda(estimator: SolveChoices['estimator']): boolean {
  return estimator === 'icm' || estimator === 'soft';
}

export function usesDimension(estimator: SolveChoices['estimator']): boolean {
  return estimator === 'icm' || estimator === 'gevd' || estimator === 'nap';
}

/** Where a refit starts: what was left to the fit then is left to it again. */
export function choicesOf(asked: SolveOptions): SolveChoices {
  const { estimator, lambda, dimension, heads, templates, centred, removeMean } = asked;
  return {
    estimator,
    lambda: lambda === 'auto' ? undefined : lambda,
    dimension: dimension === 'auto' ? undefined : dimension,
    heads,
    template: templates[0] ?? defaultTemplate,
    centred,
    removeMean,
  };
}

/** `asked`: of what is solved again. Whatever the form does not show stays as it was, all templates while the first does. */
export function toSolveOptions(choices: SolveChoices, asked?: SolveOptions): z.input<typeof SolveOptions> {
  const { estimator, lambda, dimension, heads, template, centred, removeMean } = choices;
  return {
    ...asked,
    estimator,
    lambda: usesLambda(estimator) ? (lambda ?? 'auto') : 'auto',
    dimension: usesDimension(estimator) ? (dimension ?? 'auto') : 'auto',
    heads: [...heads],
    templates: template === asked?.templates[0] ? asked.templates : [template],
    centred,
    removeMean,
  };
}

/** λ′ from 0.01 to 1000, equal steps for equal factors; and 0, at the left end. */
export const lambdaPosition = {
  min: -2.1,
  max: 3,
  step: 0.1,
  of: (lambda: number) => Math.max(-2.1, Math.log10(lambda)),
  value: (at: number) => (at < -2.05 ? 0 : roundTo(10 ** at, 2)),
};

/** To this many significant digits. */
function roundTo(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
