// Environments: the profiles there are, how each looks to a projection, and making one from a few pictures.

import { useState } from 'preact/hooks';
import type { Environment } from '#shared/contracts/environment.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { ColumnHeads } from '../parts/column-heads.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loading } from '../parts/loading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Page, Section } from '../parts/page.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { hrefOf } from '../router.ts';
import { useRights } from '../session/rights.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { collect, useRemote } from '../use-remote.ts';
import { Distances } from './distances.tsx';
import { MakeProfile } from './make-profile.tsx';
import { ProfileRow } from './profile-row.tsx';
import { type HeadFit, useFits } from './use-fits.ts';
import { useWatches } from './use-watches.ts';
import { WatchCard } from './watch-card.tsx';

const noEnvironments: readonly Environment[] = [];

export function EnvironmentsScreen() {
  const { client } = useSession();
  const { may } = useRights();
  const environments = useRemote(
    (signal) => collect(client.environments.list({ limit: 100, signal })),
    [client],
  );
  const projections = useRemote(
    async (signal) => {
      const all = await collect(client.projections.list({ limit: 100, signal }));
      return all.filter(({ status }) => status === 'ready');
    },
    [client],
  );
  const [chosenId, chooseProjection] = useState<string>();
  const ready = projections.value ?? [];
  const projection =
    ready.find(({ id }) => id === chosenId) ?? ready.find(({ current }) => current) ?? ready[0];
  const all = environments.value ?? noEnvironments;
  const fits = useFits(all, projection);
  const watches = useWatches(all);
  const text = strings.environments;
  return (
    <Page title={text.title} lead={text.lead} terms={['environment', 'profile', 'mean, centring', 'drift']}>
      {may('projections') && (
        <Section title={text.makeTitle} lead={text.makeLead}>
          <MakeProfile taken={all} model={projection?.model?.id} onChanged={environments.reload} />
        </Section>
      )}
      <Section title={text.profiles} lead={projection === undefined ? undefined : text.profilesLead}>
        <ErrorNotice error={environments.error} onRetry={environments.reload} />
        <ErrorNotice error={projections.error} onRetry={projections.reload} />
        {environments.isLoading && environments.value === undefined && <Loading />}
        {environments.value?.length === 0 && <EmptyState title={text.emptyTitle}>{text.empty}</EmptyState>}
        {all.length > 0 && (
          <div class="stack">
            <SeenBy projections={ready} chosen={projection} onChoose={chooseProjection} />
            <Scroll label={text.profiles}>
              <table class="table stacks">
                <Head />
                <tbody>
                  {all.map((environment) => (
                    <ProfileRow
                      key={environment.name}
                      environment={environment}
                      projection={projection}
                      heads={fits.value?.get(environment.name) ?? []}
                      onDeleted={environments.reload}
                    />
                  ))}
                </tbody>
              </table>
            </Scroll>
            <SpreadHint fits={fits.value} />
            <ErrorNotice error={fits.error} onRetry={fits.reload} />
            {[...(fits.value ?? [])].map(([name, heads]) => (
              <Distances key={name} name={name} heads={heads} />
            ))}
          </div>
        )}
      </Section>
      {all.length > 0 && (
        <Section title={text.watch.title} lead={text.watch.lead}>
          <ErrorNotice error={watches.error} onRetry={watches.reload} />
          {watches.value?.length === 0 && <p class="hint">{text.watch.nothing}</p>}
          <div class="watch-cards">
            {watches.value?.map((watch) => (
              <WatchCard key={watch.environment} watch={watch} onAdopted={environments.reload} />
            ))}
          </div>
        </Section>
      )}
    </Page>
  );
}

/** What “1 of 6.7” means, where such a thing is said. */
function SpreadHint({ fits }: { fits: ReadonlyMap<string, readonly HeadFit[]> | undefined }) {
  const isSaid = [...(fits?.values() ?? [])].some(([head]) => head?.answeredClasses !== undefined);
  return isSaid ? <p class="hint">{strings.environments.spreadHint}</p> : null;
}

function Head() {
  const { name, pictures, changed, use, spread, nearest, actions } = strings.environments.columns;
  return (
    <thead>
      <ColumnHeads columns={[name, pictures, changed, use, spread, nearest]} actions={actions} />
    </thead>
  );
}

type SeenByProps = {
  projections: readonly Projection[];
  chosen: Projection | undefined;
  onChoose: (id: string) => void;
};

function SeenBy({ projections, chosen, onChoose }: SeenByProps) {
  const text = strings.environments;
  if (chosen === undefined) {
    return (
      <p class="hint">
        {text.noProjection} <a href={hrefOf('fit')}>{strings.projections.fitNew}</a>
      </p>
    );
  }
  return (
    <>
      <label class="field seen-by">
        <span>{text.seenBy}</span>
        <select value={chosen.id} onChange={(event) => onChoose(event.currentTarget.value)}>
          {projections.map(({ id, name, version }) => (
            <option key={id} value={id}>
              {strings.projections.versionOf(name, version)}
            </option>
          ))}
        </select>
      </label>
      {chosen.heads?.[0]?.modes === undefined && <p class="hint">{strings.try.noModes}</p>}
    </>
  );
}
