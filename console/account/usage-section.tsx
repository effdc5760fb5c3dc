// What was used, by day: totals, what is left today, a chart, and the same numbers as a table.

import { useState } from 'preact/hooks';
import type { UsageResponse } from '#shared/contracts/usage.ts';
import { formatCount } from '#shared/figures/format.ts';
import { renderTable } from '#shared/figures/table.ts';
import { Figure } from '../parts/figure.tsx';
import { formatBytes, formatLarge, formatShare, formatUtcDay } from '../parts/format.ts';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Section } from '../parts/page.tsx';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { useRemote } from '../use-remote.ts';
import { DayChart } from './day-chart.tsx';
import { fillDays } from './fill-days.ts';

const ranges = [7, 30, 90] as const;
const measures = [
  'requests',
  'picturesEncoded',
  'pixelsDecoded',
  'cacheHits',
  'textsEncoded',
  'urlsFetched',
  'errors',
] as const;
type Measure = (typeof measures)[number];
const dayMs = 86_400_000;

export function UsageSection() {
  const { client } = useSession();
  const [days, setDays] = useState<number>(7);
  const usage = useRemote(
    (signal) => {
      const from = new Date(Date.now() - (days - 1) * dayMs).toISOString().slice(0, 10);
      return client.usage.get({ from }, { signal });
    },
    [client, days],
  );
  return (
    <Section
      title={strings.usage.title}
      lead={strings.usage.lead}
      actions={
        <Choice
          label={strings.usage.range}
          options={ranges.map((range) => [range, strings.usage.lastDays(range)] as const)}
          value={days}
          onChange={setDays}
        />
      }
    >
      <ErrorNotice error={usage.error} onRetry={usage.reload} />
      {usage.value === undefined ? usage.isLoading && <Loading /> : <UsageView usage={usage.value} />}
    </Section>
  );
}

function UsageView({ usage }: { usage: UsageResponse }) {
  const [measure, setMeasure] = useState<Measure>('requests');
  const { totals, leftToday } = usage;
  const days = fillDays(usage);
  const seen = totals.picturesEncoded + totals.cacheHits;
  const text = strings.usage;
  return (
    <>
      <dl class="headline totals">
        <Total
          name={text.measures.requests}
          value={formatCount(totals.requests)}
          note={text.errorsOf(totals.errors)}
        />
        <Total
          name={text.measures.picturesEncoded}
          value={formatCount(totals.picturesEncoded)}
          note={text.leftToday(formatCount(leftToday.pictures))}
        />
        <Total
          name={text.measures.pixelsDecoded}
          value={formatLarge(totals.pixelsDecoded)}
          note={text.leftToday(formatLarge(leftToday.pixels))}
        />
        <Total
          name={text.measures.textsEncoded}
          value={formatCount(totals.textsEncoded)}
          note={text.leftToday(formatCount(leftToday.texts))}
        />
        <Total
          name={text.measures.cacheHits}
          value={formatCount(totals.cacheHits)}
          note={seen === 0 ? text.noPictures : text.shareOf(formatShare(totals.cacheHits / seen))}
        />
        <Total
          name={text.stored}
          value={formatBytes(usage.stored.used)}
          note={text.storedOf(formatBytes(usage.stored.limit))}
        />
      </dl>
      <Choice
        label={text.measure}
        options={measures.map((name) => [name, text.measures[name]] as const)}
        value={measure}
        onChange={setMeasure}
      />
      <DayChart
        title={text.chart(text.measures[measure])}
        days={days.map((day) => ({ day: day.day, value: day[measure] }))}
      />
      <details class="more">
        <summary>{text.table}</summary>
        <Figure
          markup={renderTable({
            caption: text.title,
            columns: [text.day, ...measures.map((name) => text.measures[name])],
            rows: days.toReversed().map((day) => ({
              name: formatUtcDay(day.day),
              cells: measures.map((name) => formatLarge(day[name])),
            })),
          })}
        />
      </details>
    </>
  );
}

function Total({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="value">{value}</span>
        <span class="note">{note}</span>
      </dd>
    </div>
  );
}

type ChoiceProps<Value extends string | number> = {
  label: string;
  options: readonly (readonly [Value, string])[];
  value: Value;
  onChange: (value: Value) => void;
};

/** A row of buttons of which one is pressed. */
function Choice<Value extends string | number>({ label, options, value, onChange }: ChoiceProps<Value>) {
  return (
    <fieldset class="segments">
      <legend class="sr-only">{label}</legend>
      {options.map(([option, text]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}
