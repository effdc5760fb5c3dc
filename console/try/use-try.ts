// What the Try screen holds on to while other screens are shown: the choices made and the bench with its pictures.

import { useMemo, useState } from 'preact/hooks';
import type { Environment } from '#shared/contracts/environment.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { firstConcepts } from '../samples.ts';
import type { Session } from '../session/session.ts';
import { collect, type Remote, useRemote } from '../use-remote.ts';
import type { Question } from './ask.ts';
import { type Bench, useBench } from './bench.ts';
import { parseLabels } from './labels.ts';
import { useShowcase } from './use-showcase.ts';

export type LabelSource = 'projection' | 'own';

const firstLabels = firstConcepts.join('\n');

/** In place of a projection's id: ask plain CLIP alone. */
export const plainClip = 'plain-clip';

export type TryState = {
  readonly projections: Remote<readonly Projection[]>;
  /** The projection asked, if there is one at all. */
  readonly projection: Projection | undefined;
  /** `plainClip` for none. */
  readonly chooseProjection: (id: string) => void;
  /** Turns to a projection that knows these samples, or else to labels of theirs, where the question has others. */
  readonly askLikeSamples: (labels: readonly string[]) => void;
  /** Profiles that the projection can use: none for one of the first format. */
  readonly environments: Remote<readonly Environment[]>;
  readonly usableEnvironments: readonly Environment[];
  readonly environment: string | undefined;
  readonly chooseEnvironment: (name: string | undefined) => void;
  readonly labelSource: LabelSource;
  readonly chooseLabelSource: (source: LabelSource) => void;
  readonly ownLabels: string;
  readonly writeOwnLabels: (text: string) => void;
  readonly question: Question | undefined;
  readonly bench: Bench;
  /** Looks for the picture that shows best what a projection is for, among those on the bench. */
  readonly startShowcase: () => void;
};

export function useTry(session: Session): TryState {
  const projections = useRemote(
    async (signal) => {
      const all = await collect(session.client.projections.list({ limit: 100, signal }));
      return all.filter(({ status }) => status === 'ready');
    },
    [session],
  );
  const environments = useRemote(
    (signal) => collect(session.client.environments.list({ limit: 100, signal })),
    [session],
  );
  const [chosenEnvironment, chooseEnvironment] = useState<string>();
  const [chosenId, chooseProjection] = useState<string>();
  const [labelSource, chooseLabelSource] = useState<LabelSource>('projection');
  const [ownLabels, writeOwnLabels] = useState<string>(firstLabels);

  const ready = projections.value ?? [];
  const projection =
    chosenId === plainClip
      ? undefined
      : (ready.find(({ id }) => id === chosenId) ?? ready.find(({ current }) => current) ?? ready[0]);
  const isSettled = !projections.isLoading || projections.value !== undefined;
  const usableEnvironments = (environments.value ?? []).filter((candidate) =>
    isUsable(candidate, projection),
  );
  const environment = usableEnvironments.find(({ name }) => name === chosenEnvironment)?.name;
  const question = useQuestion(isSettled, projection, { environment, labelSource, ownLabels });
  const bench = useBench(session, question);
  const startShowcase = useShowcase(bench, question);
  const askLikeSamples = (labels: readonly string[]) => {
    if (question === undefined || knows(question.labels, labels)) return;
    // Labels that someone wrote stay: a sample that is none of them says so.
    if (question.labelsAreOwn && ownLabels !== firstLabels) return;
    const fitted = ready.filter((candidate) => knows(candidate.labels, labels));
    const own =
      fitted.find(({ id }) => id === projection?.id) ?? fitted.find(({ current }) => current) ?? fitted[0];
    if (own !== undefined) chooseProjection(own.id);
    chooseLabelSource(own === undefined ? 'own' : 'projection');
  };
  return {
    projections,
    projection,
    chooseProjection,
    askLikeSamples,
    environments,
    usableEnvironments,
    environment,
    chooseEnvironment,
    labelSource: projection === undefined ? 'own' : labelSource,
    chooseLabelSource,
    ownLabels,
    writeOwnLabels,
    question,
    bench,
    startShowcase,
  };
}

function knows(known: readonly string[] | undefined, labels: readonly string[]): boolean {
  return known !== undefined && labels.every((label) => known.includes(label));
}

/** Of the same model; and the projection was fitted since there are profiles. */
export function isUsable({ model }: Environment, projection: Projection | undefined): boolean {
  const own = projection?.model;
  return (
    own?.id === model.id && own.revision === model.revision && projection?.heads?.[0]?.modes !== undefined
  );
}

/** Nothing is asked before it is known whether there is a projection, or without a label to answer with. */
function useQuestion(
  isSettled: boolean,
  projection: Projection | undefined,
  {
    environment,
    labelSource,
    ownLabels,
  }: { environment: string | undefined; labelSource: LabelSource; ownLabels: string },
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
      environment,
      projection:
        id === undefined ? undefined : { id, model, templates: templateText.split('\n').filter(Boolean) },
    };
  }, [isSettled, id, model, templateText, labelText, labelsAreOwn, environment]);
}
