// What the Try screen holds on to while other screens are shown: the choices made and the bench with its pictures.

import { useMemo, useState } from 'preact/hooks';
import type { Projection } from '#shared/contracts/projection.ts';
import { firstConcepts } from '../samples.ts';
import type { Session } from '../session/session.ts';
import { collect, type Remote, useRemote } from '../use-remote.ts';
import type { Question } from './ask.ts';
import { type Bench, useBench } from './bench.ts';
import { parseLabels } from './labels.ts';

export type LabelSource = 'projection' | 'own';

export type TryState = {
  readonly projections: Remote<readonly Projection[]>;
  /** The projection asked, if there is one at all. */
  readonly projection: Projection | undefined;
  readonly chooseProjection: (id: string) => void;
  readonly labelSource: LabelSource;
  readonly chooseLabelSource: (source: LabelSource) => void;
  readonly ownLabels: string;
  readonly writeOwnLabels: (text: string) => void;
  readonly question: Question | undefined;
  readonly bench: Bench;
};

export function useTry(session: Session): TryState {
  const projections = useRemote(
    async (signal) => {
      const all = await collect(session.client.projections.list({ limit: 100, signal }));
      return all.filter(({ status }) => status === 'ready');
    },
    [session],
  );
  const [chosenId, chooseProjection] = useState<string>();
  const [labelSource, chooseLabelSource] = useState<LabelSource>('projection');
  const [ownLabels, writeOwnLabels] = useState<string>(firstConcepts.join('\n'));

  const ready = projections.value ?? [];
  const projection =
    ready.find(({ id }) => id === chosenId) ?? ready.find(({ current }) => current) ?? ready[0];
  const isSettled = !projections.isLoading || projections.value !== undefined;
  const question = useQuestion(isSettled, projection, labelSource, ownLabels);
  const bench = useBench(session, question);
  return {
    projections,
    projection,
    chooseProjection,
    labelSource: projection === undefined ? 'own' : labelSource,
    chooseLabelSource,
    ownLabels,
    writeOwnLabels,
    question,
    bench,
  };
}

/** Nothing is asked before it is known whether there is a projection, or without a label to answer with. */
function useQuestion(
  isSettled: boolean,
  projection: Projection | undefined,
  labelSource: LabelSource,
  ownLabels: string,
): Question | undefined {
  const id = projection?.id;
  const model = projection?.model?.id;
  const templateText = projection?.heads?.[0]?.templates?.join('\n') ?? '';
  const fitted = projection?.labels ?? [];
  const labelsAreOwn = projection === undefined || labelSource === 'own' || fitted.length === 0;
  const labelText = labelsAreOwn ? parseLabels(ownLabels).join('\n') : fitted.join('\n');
  return useMemo(() => {
    if (!isSettled || labelText === '') return undefined;
    return {
      labels: labelText.split('\n'),
      labelsAreOwn,
      projection:
        id === undefined ? undefined : { id, model, templates: templateText.split('\n').filter(Boolean) },
    };
  }, [isSettled, id, model, templateText, labelText, labelsAreOwn]);
}
