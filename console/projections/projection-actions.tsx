// What can be done with one version: make it the current one, download it, delete it.

import { useState } from 'preact/hooks';
import type { Projection } from '#shared/contracts/projection.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';

type ProjectionActionsProps = { projection: Projection; onChanged: () => void; onDeleted: () => void };

export function ProjectionActions({ projection, onChanged, onDeleted }: ProjectionActionsProps) {
  const { client } = useSession();
  const { id, name, version, current, status } = projection;
  const fullName = strings.projections.versionOf(name, version);
  const [isDeleting, setDeleting] = useState(false);
  const promote = useAction(async () => {
    await client.projections.pointAlias(name, version);
    onChanged();
  });
  const download = useAction(async () => {
    save(new Blob([await client.projections.download(id)]), `${fullName}.icm`);
  });
  const isReady = status === 'ready';
  return (
    <>
      {isReady && !current && (
        <ActionButton action={promote} kind="primary">
          {strings.projections.makeCurrent}
        </ActionButton>
      )}
      {isReady && <ActionButton action={download}>{strings.projections.download}</ActionButton>}
      {status !== 'fitting' && (
        <button type="button" class="button danger" onClick={() => setDeleting(true)}>
          {strings.common.delete}
        </button>
      )}
      <ErrorNotice error={promote.error ?? download.error} />
      {isDeleting && (
        <ConfirmDialog
          title={strings.projections.deleteTitle(fullName)}
          confirmLabel={strings.common.delete}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await client.projections.delete(id);
            onDeleted();
          }}
        >
          {current ? strings.projections.deleteCurrent(name) : strings.projections.deleteOther}
        </ConfirmDialog>
      )}
    </>
  );
}

function save(blob: Blob, filename: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = filename;
  link.click();
  URL.revokeObjectURL(url);
}
