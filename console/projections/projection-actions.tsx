// What can be done with one version: make it the current one, download it, delete it.

import type { Projection } from '#shared/contracts/projection.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { saveFile } from '../parts/save-file.ts';
import { useTell } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { useRemote } from '../use-remote.ts';

type ProjectionActionsProps = { projection: Projection; onChanged: () => void; onDeleted: () => void };

export function ProjectionActions({ projection, onChanged, onDeleted }: ProjectionActionsProps) {
  const { client } = useSession();
  const { id, name, version, current, status } = projection;
  const fullName = strings.projections.versionOf(name, version);
  const tell = useTell();
  // Whoever may not see what names mean may not move them either.
  const aliases = useRemote((signal) => client.projections.aliases({ signal }), [client, id]);
  const mayMove = aliases.value !== undefined;
  const promote = useAction(async () => {
    await client.projections.promote(id);
    onChanged();
    tell(strings.projections.madeCurrent(name, fullName));
  });
  const rollBack = useAction(async () => {
    const now = await client.projections.rollback(name, { from: version });
    onChanged();
    tell(strings.projections.madeCurrent(name, strings.projections.versionOf(name, now.version)));
  });
  const download = useAction(async () => {
    saveFile(new Blob([await client.projections.download(id)]), `${fullName}.icm`);
  });
  const isReady = status === 'ready';
  return (
    <>
      {isReady && mayMove && current && version > 1 && (
        <ActionButton action={rollBack}>{strings.projections.rollBack}</ActionButton>
      )}
      {isReady && mayMove && !current && (
        <ActionButton action={promote} kind="primary">
          {strings.projections.makeCurrent}
        </ActionButton>
      )}
      {isReady && <ActionButton action={download}>{strings.projections.download}</ActionButton>}
      {status !== 'fitting' && (
        <ConfirmButton
          label={strings.common.delete}
          look="danger"
          title={strings.projections.deleteTitle(fullName)}
          told={strings.common.deleted(fullName)}
          onConfirm={async () => {
            await client.projections.delete(id);
            onDeleted();
          }}
        >
          {current ? strings.projections.deleteCurrent(name) : strings.projections.deleteOther}
        </ConfirmButton>
      )}
      <ErrorNotice error={promote.error ?? rollBack.error ?? download.error} />
    </>
  );
}
