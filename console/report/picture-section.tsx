// How each environment was answered before and after, and the pictures a projection changed: asked for when wanted, since it is
// an evaluation of every picture.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EvaluatedPicture, EvaluationReport } from '#shared/contracts/evaluation.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { formatCount } from '#shared/figures/format.ts';
import { type PictureCase, renderPictureGrid } from '#shared/figures/picture-grid.ts';
import { renderTable } from '#shared/figures/table.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Figure } from '../parts/figure.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { revokeLater } from '../parts/object-urls.ts';
import { Section } from '../parts/page.tsx';
import { Progress, ProgressBar } from '../parts/progress-bar.tsx';
import { deed, useTell } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { datasetsOf, environmentTable, evaluateOnOwnPictures } from './own-evaluation.ts';

const shownCases = 6;

export function PictureSection({ projection }: { projection: Projection }) {
  const { client } = useSession();
  const [progress, setProgress] = useState<{ done: number; total: number }>();
  const [report, setReport] = useState<EvaluationReport>();
  const tell = useTell();
  const datasets = useMemo(() => datasetsOf(projection), [projection]);
  const controller = useRef<AbortController>();
  useEffect(() => () => controller.current?.abort(), []);
  const compare = useAction(async () => {
    controller.current = new AbortController();
    const made = await evaluateOnOwnPictures(client, projection, {
      signal: controller.current.signal,
      onProgress: (done, total) => setProgress({ done, total }),
    });
    setReport(made);
    tell(describeChanges(made), deed);
  });
  if (datasets.length === 0) return null;
  return (
    <Section title={strings.report.pictures} lead={strings.report.picturesLead}>
      {report === undefined ? (
        <div class="stack">
          <p>
            <ActionButton action={compare}>{strings.report.compare}</ActionButton>
          </p>
          {compare.isRunning &&
            (progress === undefined || progress.total === 0 ? (
              <ProgressBar label={strings.report.compare} done={0} total={undefined} />
            ) : (
              <Progress label={strings.report.compare} {...progress}>
                {strings.job.pictures(formatCount(progress.done), formatCount(progress.total))}
              </Progress>
            ))}
          <ErrorNotice error={compare.error} />
        </div>
      ) : (
        <ReportView report={report} datasets={datasets} />
      )}
    </Section>
  );
}

function describeChanges({ pictures, flips }: EvaluationReport): string {
  return strings.report.changed(pictures, flips.corrected, flips.broken);
}

function ReportView({ report, datasets }: { report: EvaluationReport; datasets: readonly string[] }) {
  const { mostCorrected, mostBroken } = report;
  const text = strings.report;
  return (
    <div class="stack">
      <Figure markup={renderTable(environmentTable(report))} />
      {report.macro.difference !== undefined && <p class="hint">{text.withinError}</p>}
      <p>{describeChanges(report)}</p>
      <Cases title={text.corrected} pictures={mostCorrected} datasets={datasets} />
      <Cases title={text.broken} pictures={mostBroken} datasets={datasets} />
    </div>
  );
}

type CasesProps = {
  title: string;
  pictures: readonly EvaluatedPicture[];
  /** In one of which each picture is. */
  datasets: readonly string[];
};

function Cases({ title, pictures, datasets }: CasesProps) {
  const cases = useCases(pictures, datasets);
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
function useCases(
  pictures: readonly EvaluatedPicture[],
  datasets: readonly string[],
): readonly PictureCase[] {
  const { client } = useSession();
  const [cases, setCases] = useState<readonly PictureCase[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    const urls: string[] = [];
    const contentOf = async (itemId: string): Promise<Blob | undefined> => {
      for (const dataset of datasets) {
        const call = { signal: controller.signal };
        const picture = await client.datasets.content(dataset, itemId, call).catch(() => undefined);
        if (picture !== undefined) return picture;
      }
      return undefined;
    };
    const toCase = async (picture: EvaluatedPicture): Promise<PictureCase> => {
      const { itemId, environment, class: trueLabel, clip, projection } = picture;
      const content = await contentOf(itemId);
      const source = content === undefined ? '' : URL.createObjectURL(content);
      urls.push(source);
      return { source, environment, trueLabel, before: [clip], after: [projection] };
    };
    void Promise.all(pictures.slice(0, shownCases).map(toCase)).then((made) => {
      if (!controller.signal.aborted) setCases(made);
    });
    return () => {
      controller.abort();
      revokeLater(urls);
    };
  }, [client, pictures, datasets]);
  return cases;
}
