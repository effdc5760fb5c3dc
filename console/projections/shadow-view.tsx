// A version asked in the shadow of the current one: chosen here, how often it would have answered otherwise, and its end.

import { useState } from 'preact/hooks';
import type { Alias } from '#client/resources/projections.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import type { ShadowReport } from '#shared/contracts/shadow.ts';
import { formatLabel, formatPercent } from '#shared/figures/format.ts';
import { renderTable } from '#shared/figures/table.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Figure } from '../parts/figure.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { OfRow } from '../parts/of-row.tsx';
import { useTell, useTellNews } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { useRemote } from '../use-remote.ts';

const text = strings.shadow;

type ShadowViewProps = {
  /** What the name means. */
  alias: Alias;
  versions: readonly Projection[];
  onChanged: () => void;
};

/** Nothing where the name has no other version to ask. */
export function ShadowView({ alias, versions, onChanged }: ShadowViewProps) {
  const others = versions
    .filter(({ status, version }) => status === 'ready' && version !== alias.version)
    .map(({ version }) => version)
    .sort((a, b) => b - a);
  if (alias.shadow !== undefined) {
    return <Counts key={alias.shadow} name={alias.name} onEnded={onChanged} />;
  }
  if (others.length === 0) return null;
  return (
    <details class="more">
      <summary>
        {text.title}
        <OfRow what={alias.name} />
      </summary>
      <Choice name={alias.name} others={others} onBegun={onChanged} />
    </details>
  );
}

type ChoiceProps = { name: string; others: readonly number[]; onBegun: () => void };

function Choice({ name, others, onBegun }: ChoiceProps) {
  const { client } = useSession();
  const tell = useTell();
  const [chosen, setChosen] = useState(others[0]);
  const begin = useAction(async () => {
    if (chosen === undefined) return;
    const begun = await client.projections.setShadow(name, chosen);
    onBegun();
    tell(besideOf(begun));
  });
  return (
    <div class="stack-tight">
      <p class="hint">{text.lead}</p>
      <div class="row">
        <label class="field">
          <span>
            {text.which}
            <OfRow what={name} />
          </span>
          <select value={chosen} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
            {others.map((version) => (
              <option key={version} value={version}>
                {strings.projections.versionOf(name, version)}
              </option>
            ))}
          </select>
        </label>
        <ActionButton action={begin} of={name}>
          {text.begin}
        </ActionButton>
      </div>
      <ErrorNotice error={begin.error} />
    </div>
  );
}

function Counts({ name, onEnded }: { name: string; onEnded: () => void }) {
  const { client } = useSession();
  const tell = useTell();
  const report = useRemote((signal) => client.projections.shadow(name, { signal }), [client, name]);
  const end = useAction(async () => {
    const ended = await client.projections.endShadow(name);
    onEnded();
    tell(text.ended(strings.projections.versionOf(name, ended.shadow)));
  });
  useTellNews(report.value, report.value === undefined ? '' : countOf(report.value));
  return (
    <section class="stack-tight" aria-label={`${text.title}: ${name}`}>
      {report.value !== undefined && <Counted report={report.value} />}
      <ErrorNotice error={report.error ?? end.error} />
      <div class="actions">
        <button type="button" class="button" disabled={report.isLoading} onClick={report.reload}>
          {text.refresh}
          <OfRow what={name} />
        </button>
        <ActionButton action={end} of={name}>
          {text.end}
        </ActionButton>
      </div>
    </section>
  );
}

function countOf({ answers, differing }: ShadowReport): string {
  return answers === 0 ? text.none : text.counted(differing, answers, formatPercent(differing / answers));
}

function besideOf({ name, version, shadow }: ShadowReport): string {
  const { versionOf } = strings.projections;
  return text.beside(versionOf(name, shadow), versionOf(name, version));
}

function Counted({ report }: { report: ShadowReport }) {
  const { name, version, shadow, pairs } = report;
  const { versionOf } = strings.projections;
  const [current, other] = [versionOf(name, version), versionOf(name, shadow)];
  const say = (label: string | undefined) => (label === undefined ? text.withheld : formatLabel(label));
  return (
    <>
      <p>
        <strong>{besideOf(report)}.</strong> {countOf(report)}
      </p>
      {pairs.length > 0 && (
        <Figure
          markup={renderTable({
            caption: text.pairs(other),
            columns: text.columns(current, other),
            rows: pairs.map((pair) => ({
              name: say(pair.label),
              cells: [say(pair.shadowLabel), pair.answers],
            })),
          })}
        />
      )}
    </>
  );
}
