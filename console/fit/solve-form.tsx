// How to solve: automatically, or with an estimator, λ′ and dimension of one's own. Used by fits and refits.

import type { Head } from '#shared/contracts/fit.ts';
import { heads } from '#shared/contracts/names.ts';
import { formatNumber } from '#shared/figures/format.ts';
import { strings } from '../strings.ts';
import { AutoSlider } from './auto-slider.tsx';
import {
  estimatorNames,
  lambdaPosition,
  type SolveChoices,
  usesDimension,
  usesLambda,
} from './solve-options.ts';

type SolveFormProps = {
  choices: SolveChoices;
  /** d of the model, where it is known: the largest k. */
  maxDimension: number;
  /** What a fit before found for its estimator: where the sliders start once they are no longer automatic. */
  found?:
    | { readonly estimator: string; readonly lambda?: number | undefined; readonly dimension: number }
    | undefined;
  onChange: (choices: SolveChoices) => void;
};

export function SolveForm({ choices, maxDimension, found, onChange }: SolveFormProps) {
  const change = (some: Partial<SolveChoices>) => onChange({ ...choices, ...some });
  const before = found?.estimator === choices.estimator ? found : undefined;
  const text = strings.solve;
  return (
    <div class="stack">
      <fieldset class="options">
        <legend>{text.estimator}</legend>
        {estimatorNames.map((name) => (
          <label key={name} class="option">
            <input
              type="radio"
              name="estimator"
              checked={choices.estimator === name}
              onChange={() => change({ estimator: name })}
            />
            <span>
              <strong>{text.estimators[name].name}</strong>
              <small>{text.estimators[name].hint}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {usesLambda(choices.estimator) && (
        <AutoSlider
          label={text.lambda}
          hint={text.lambdaHint}
          value={choices.lambda}
          start={before?.lambda ?? 1}
          position={lambdaPosition}
          format={formatNumber}
          onChange={(lambda) => change({ lambda })}
        />
      )}
      {usesDimension(choices.estimator) && (
        <AutoSlider
          label={text.dimension}
          hint={text.dimensionHint(maxDimension)}
          value={choices.dimension}
          start={before?.dimension ?? Math.round(maxDimension / 2)}
          position={{ min: 1, max: maxDimension, step: 1, of: (k) => k, value: (at) => at }}
          format={String}
          onChange={(dimension) => change({ dimension })}
        />
      )}
      <details class="more">
        <summary>{text.more}</summary>
        <div class="stack">
          <Heads chosen={choices.heads} onChange={(heads) => change({ heads })} />
          <label class="field">
            <span>{text.template}</span>
            <input
              required
              pattern="[^\{]*\{\}[^\{]*"
              title={text.templateRule}
              value={choices.template}
              onInput={(event) => change({ template: event.currentTarget.value })}
            />
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={choices.centred}
              onChange={(event) => change({ centred: event.currentTarget.checked })}
            />
            {text.centred}
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={choices.removeMean}
              onChange={(event) => change({ removeMean: event.currentTarget.checked })}
            />
            {text.removeMean}
          </label>
        </div>
      </details>
    </div>
  );
}

function Heads({
  chosen,
  onChange,
}: {
  chosen: readonly Head[];
  onChange: (heads: readonly Head[]) => void;
}) {
  return (
    <fieldset class="choices">
      <legend>{strings.solve.heads}</legend>
      {heads.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            // One head at least: the last one cannot be taken away.
            disabled={chosen.length === 1 && chosen[0] === name}
            onChange={(event) =>
              onChange(
                heads.filter((other) =>
                  other === name ? event.currentTarget.checked : chosen.includes(other),
                ),
              )
            }
          />
          {strings.solve.headNames[name]}
        </label>
      ))}
    </fieldset>
  );
}
