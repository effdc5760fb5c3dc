// Takes an `.icm` file made elsewhere as the next version of a name.

import { useState } from 'preact/hooks';
import { FormDialog } from '../parts/form-dialog.tsx';
import { nameRules } from '../parts/name-rules.ts';
import { useTell } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';

export function UploadArtefact({ onUploaded }: { onUploaded: () => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        {strings.projections.upload}
      </button>
      {isOpen && (
        <UploadDialog
          onClose={() => setOpen(false)}
          onUploaded={() => {
            setOpen(false);
            onUploaded();
          }}
        />
      )}
    </>
  );
}

function UploadDialog({ onClose, onUploaded }: { onClose: () => void; onUploaded: () => void }) {
  const { client } = useSession();
  const tell = useTell();
  const [name, setName] = useState('');
  const [file, setFile] = useState<File>();
  const upload = useAction(async () => {
    if (file === undefined) return;
    const { version } = await client.projections.upload(name, file);
    onUploaded();
    tell(strings.projections.uploaded(strings.projections.versionOf(name, version)));
  });
  return (
    <FormDialog
      title={strings.projections.uploadTitle}
      submit={upload}
      submitLabel={strings.projections.upload}
      onClose={onClose}
    >
      <label class="field">
        <span>{strings.projections.uploadFile}</span>
        <input
          type="file"
          accept=".icm"
          required
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0];
            setFile(chosen);
            setName((last) => last || (chosen?.name.replace(/(?:@\d+)?\.icm$/, '') ?? ''));
          }}
        />
      </label>
      <label class="field">
        <span>{strings.fit.projectionName}</span>
        <input {...nameRules} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
    </FormDialog>
  );
}
