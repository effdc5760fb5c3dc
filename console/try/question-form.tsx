// What to ask: which projection, and which labels to choose among.

import { useState } from 'preact/hooks';
import { ErrorNotice } from '../parts/notice.tsx';
import { hrefOf } from '../router.ts';
import { useRights } from '../session/rights.ts';
import { strings } from '../strings.ts';
import { parseLabels } from './labels.ts';
import { useFolded } from './use-folded.ts';
import { plainClip, type TryState } from './use-try.ts';

export function Question({ state }: { state: TryState }) {
  const isFolded = useFolded();
  if (!isFolded) return <QuestionForm state={state} />;
  const { projection, question } = state;
  const asked =
    projection === undefined
      ? strings.try.sides.clip
      : strings.projections.versionOf(projection.name, projection.version);
  return (
    <details class="more">
      <summary>{strings.try.asked(asked, question?.labels.length ?? 0)}</summary>
      <QuestionForm state={state} />
    </details>
  );
}

function QuestionForm({ state }: { state: TryState }) {
  const { projections, projection, labelSource } = state;
  const { may } = useRights();
  return (
    <form class="stack" onSubmit={(event) => event.preventDefault()}>
      <ErrorNotice error={projections.error} onRetry={projections.reload} />
      {(projections.value ?? []).length === 0 ? (
        <p class="hint">
          {strings.try.noProjection}{' '}
          {may('projections', 'datasets') && <a href={hrefOf('fit')}>{strings.try.fitOne}</a>}
        </p>
      ) : (
        <label class="field">
          <span>{strings.try.projection}</span>
          <select
            value={projection?.id ?? plainClip}
            onChange={(event) => state.chooseProjection(event.currentTarget.value)}
          >
            {(projections.value ?? []).map(({ id, name, version, current }) => (
              <option key={id} value={id}>
                {strings.projections.versionOf(name, version)}
                {current ? ` · ${strings.projections.current}` : ''}
              </option>
            ))}
            <option value={plainClip}>{strings.try.onlyPlainClip}</option>
          </select>
        </label>
      )}
      {projection !== undefined && <EnvironmentChoice state={state} />}
      {projection !== undefined && (
        <fieldset class="choices">
          <legend>{strings.try.labels}</legend>
          {(['projection', 'own'] as const).map((source) => (
            <label key={source}>
              <input
                type="radio"
                name="labels"
                checked={labelSource === source}
                onChange={() => state.chooseLabelSource(source)}
              />
              {source === 'own'
                ? strings.try.ownLabels
                : strings.try.fittedLabels(projection.labels?.length ?? 0)}
            </label>
          ))}
        </fieldset>
      )}
      {labelSource === 'own' && <LabelEditor state={state} />}
    </form>
  );
}

/** Where the pictures come from: a third answer is given with its profile. */
function EnvironmentChoice({ state }: { state: TryState }) {
  const { projection, usableEnvironments, environment } = state;
  const { may } = useRights();
  const text = strings.try;
  if (projection?.heads?.[0]?.modes === undefined) return <p class="hint">{text.noModes}</p>;
  if (usableEnvironments.length === 0) {
    return !may('projections') ? null : (
      <p class="hint">
        {text.noEnvironment} <a href={hrefOf('environments')}>{text.makeEnvironment}</a>
      </p>
    );
  }
  return (
    <label class="field">
      <span>{text.environment}</span>
      <select
        value={environment ?? ''}
        onChange={(event) => state.chooseEnvironment(event.currentTarget.value || undefined)}
      >
        <option value="">{text.anyEnvironment}</option>
        {usableEnvironments.map(({ name, pictures }) => (
          <option key={name} value={name}>
            {text.environmentOption(name, pictures)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Typing changes nothing until it is done: every new set of labels is asked about anew. */
function LabelEditor({ state }: { state: TryState }) {
  const [draft, setDraft] = useState(state.ownLabels);
  const count = parseLabels(draft).length;
  const isNew = parseLabels(draft).join('\n') !== parseLabels(state.ownLabels).join('\n');
  return (
    <div class="field">
      <label>
        <span>{strings.try.labelList}</span>
        <textarea
          rows={8}
          value={draft}
          spellcheck={false}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onBlur={() => state.writeOwnLabels(draft)}
        />
      </label>
      <p class="field-foot">
        <small>{strings.try.labelCount(count)}</small>
        {isNew && (
          <button type="button" class="button small" onClick={() => state.writeOwnLabels(draft)}>
            {strings.try.askAgain}
          </button>
        )}
      </p>
    </div>
  );
}
