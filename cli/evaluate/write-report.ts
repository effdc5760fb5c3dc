// The HTML report of an evaluation: the summary's numbers, and small copies of the pictures it changed.

import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import sharp from 'sharp';
import { renderEvaluationReport } from '#figures/evaluation-report.ts';
import type { PictureCase } from '#figures/picture-grid.ts';
import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { Evaluation } from './evaluate.ts';
import { methodName } from './methods.ts';
import type { Summary } from './summarise.ts';
import type { ChangedPicture, TargetResult } from './target-result.ts';

const shownPictures = 9;
const thumbnailPixels = 144;

/** Fails where the file cannot be written. */
export async function writeReport(
  file: string,
  evaluation: Evaluation,
  summary: Summary,
  command: string,
): Promise<Result<undefined, AppError<'invalid-request'>>> {
  const html = await renderReport(evaluation, summary, command);
  try {
    await writeFile(file, html);
    return ok(undefined);
  } catch (error) {
    return err(appError('invalid-request', `The report could not be written: ${(error as Error).message}.`));
  }
}

async function renderReport(evaluation: Evaluation, summary: Summary, command: string): Promise<string> {
  const { tree, unreadable, seeds } = evaluation;
  const first = evaluation.results.filter(({ seed }) => seed === seeds[0]);
  const environments = first.map(({ target }) => tree.environments[target] ?? '');
  const plain = summary.tables[0]?.table.rows[0]?.average.mean ?? 0;
  const identity = summary.curves.find(({ estimator }) => estimator === 'identity');
  return renderEvaluationReport({
    dataset: basename(resolve(summary.dataset)),
    model: summary.model,
    command,
    counts: {
      pictures: tree.pictures.length,
      unreadable: unreadable.length,
      environments: tree.environments.length,
      classes: tree.classes.length,
      seeds: seeds.length,
    },
    protocol: summary.definitions.protocol,
    profile: summary.definitions.profile,
    standardError: summary.definitions.standardError,
    chance: summary.chance,
    tables: summary.tables,
    gains: summary.gains,
    choices: summary.choices,
    ...(summary.curves.length === 0
      ? {}
      : { curves: { rows: summary.curves, baseline: { score: identity?.score ?? plain, target: plain } } }),
    spectra: first
      .filter(({ spectrum }) => spectrum.length > 0)
      .map(({ spectrum }, index) => ({ name: `without ${environments[index]}`, values: spectrum })),
    disagreement: {
      rows: environments,
      columns: tree.environments,
      before: first.map((result) => result.disagreement.before),
      after: first.map((result) => result.disagreement.after),
    },
    quality: summary.quality,
    interventions: summary.interventions,
    pictures: {
      method: comparedMethod(evaluation),
      corrected: first.reduce((sum, { changes }) => sum + changes.corrected, 0),
      broken: first.reduce((sum, { changes }) => sum + changes.broken, 0),
      mostCorrected: await showPictures(evaluation, first, ({ changes }) => changes.mostCorrected),
      mostBroken: await showPictures(evaluation, first, ({ changes }) => changes.mostBroken),
    },
    warnings: [...summary.warnings, ...unreadable.map(({ path, detail }) => `Left out: ${path}: ${detail}`)],
  });
}

/** What changes of pictures are shown of: `auto`, with a profile where there is one. */
function comparedMethod({ options }: Evaluation): string {
  if (!options.methods.includes('auto')) return methodName(options.methods.at(-1) ?? 'auto');
  return methodName('auto', options.profile.size === 0 ? undefined : options.profile.size);
}

/** Of all targets together, those whose true label moved most. */
async function showPictures(
  { tree }: Evaluation,
  results: readonly TargetResult[],
  changesOf: (result: TargetResult) => readonly ChangedPicture[],
): Promise<PictureCase[]> {
  const changed = results
    .flatMap((result) => changesOf(result).map((change) => ({ target: result.target, change })))
    .toSorted((a, b) => Math.abs(b.change.change) - Math.abs(a.change.change))
    .slice(0, shownPictures);
  const label = (index: number) => tree.classes[index] ?? '';
  const guesses = (list: ChangedPicture['before']) =>
    list.map((guess) => ({ label: label(guess.class), probability: guess.probability }));
  return Promise.all(
    changed.map(async ({ target, change }) => {
      const own = tree.pictures.filter(({ file }) => file.environment === target);
      return {
        source: await makeThumbnail(own[change.row]?.file.path),
        environment: tree.environments[target] ?? '',
        trueLabel: label(change.class),
        before: guesses(change.before),
        after: guesses(change.after),
      };
    }),
  );
}

/** A data URI; empty where the file has gone since it was encoded. */
async function makeThumbnail(path: string | undefined): Promise<string> {
  if (path === undefined) return '';
  const bytes = await sharp(path)
    .rotate()
    .resize(thumbnailPixels, thumbnailPixels, { fit: 'inside' })
    .flatten({ background: 'white' })
    .webp({ quality: 82 })
    .toBuffer()
    .catch(() => undefined);
  return bytes === undefined ? '' : `data:image/webp;base64,${bytes.toString('base64')}`;
}
