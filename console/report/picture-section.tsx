// Where environments disagree before and after, and the pictures a projection changed: asked for when wanted, since it
// reads every picture's embedding.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Projection } from '#shared/contracts/projection.ts';
import { renderHeatMap } from '#shared/figures/heat-map.ts';
import { type PictureCase, renderPictureGrid } from '#shared/figures/picture-grid.ts';
import { Figure } from '../parts/figure.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Section } from '../parts/page.tsx';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { type ComparedPicture, type Comparison, comparePictures } from './picture-comparison.ts';

const shownCases = 6;

export function PictureSection({ projection }: { projection: Projection }) {
  const { client } = useSession();
  const [progress, setProgress] = useState<{ done: number; total: number }>();
  const [comparison, setComparison] = useState<Comparison>();
  const controller = useRef<AbortController>();
  useEffect(() => () => controller.current?.abort(), []);
  const compare = useAction(async () => {
    controller.current = new AbortController();
    setComparison(
      await comparePictures(client, projection, {
        signal: controller.current.signal,
        onProgress: (done, total) => setProgress({ done, total }),
      }),
    );
  });
  if (projection.datasets.length === 0) return null;
  return (
    <Section title={strings.report.pictures} lead={strings.report.picturesLead}>
      {comparison === undefined ? (
        <div class="stack">
          <p>
            <button
              type="button"
              class="button"
              disabled={compare.isRunning}
              onClick={() => void compare.run()}
            >
              {strings.report.compare}
            </button>
          </p>
          {compare.isRunning && (
            <ProgressBar label={strings.report.compare} done={progress?.done ?? 0} total={progress?.total} />
          )}
          <ErrorNotice error={compare.error} />
        </div>
      ) : (
        <ComparisonView comparison={comparison} />
      )}
    </Section>
  );
}

function ComparisonView({ comparison }: { comparison: Comparison }) {
  const { environments, before, after, pictures, corrected, broken } = comparison;
  const maximum = Math.max(0, ...[...before, ...after].flat().filter((value) => !Number.isNaN(value)));
  const shared = { rows: environments, columns: environments, maximum };
  const text = strings.report;
  return (
    <div class="stack">
      {environments.length > 1 && (
        <div class="charts">
          <Figure
            markup={renderHeatMap({
              title: text.before,
              description: text.beforeHint,
              values: before,
              ...shared,
            })}
          />
          <Figure
            markup={renderHeatMap({
              title: text.after,
              description: text.afterHint,
              values: after,
              ...shared,
            })}
          />
        </div>
      )}
      <p>{text.changed(pictures, corrected.length, broken.length)}</p>
      <Cases title={text.corrected} pictures={corrected} />
      <Cases title={text.broken} pictures={broken} />
    </div>
  );
}

function Cases({ title, pictures }: { title: string; pictures: readonly ComparedPicture[] }) {
  const cases = useCases(pictures);
  const names = { beforeName: strings.try.sides.clip, afterName: strings.report.projection };
  return (
    <>
      <h3>{title}</h3>
      {cases.length === 0 ? (
        <p class="hint">{strings.report.none}</p>
      ) : (
        <Figure markup={renderPictureGrid(cases, names)} />
      )}
    </>
  );
}

/** With the pictures themselves, as far as the service still has them. */
function useCases(pictures: readonly ComparedPicture[]): readonly PictureCase[] {
  const { client } = useSession();
  const [cases, setCases] = useState<readonly PictureCase[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    const urls: string[] = [];
    const toCase = async ({ dataset, item, before, after }: ComparedPicture): Promise<PictureCase> => {
      const picture = await client.datasets
        .content(dataset, item.id, { signal: controller.signal })
        .catch(() => undefined);
      const source = picture === undefined ? '' : URL.createObjectURL(picture);
      urls.push(source);
      const shown = {
        source,
        environment: item.environment,
        before: before.slice(0, 3),
        after: after.slice(0, 3),
      };
      return item.class === undefined ? shown : { ...shown, trueLabel: item.class };
    };
    void Promise.all(pictures.slice(0, shownCases).map(toCase)).then((made) => {
      if (!controller.signal.aborted) setCases(made);
    });
    return () => {
      controller.abort();
      for (const url of urls) URL.revokeObjectURL(url);
    };
  }, [client, pictures]);
  return cases;
}
