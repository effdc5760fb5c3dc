// Makes a profile from pictures, or adds to one: drop them, name the place, send.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Environment } from '#shared/contracts/environment.ts';
import { acceptedMediaTypes } from '#shared/contracts/picture-types.ts';
import { DropZone } from '../parts/drop-zone.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { type Outcome, OutcomeNotice, wordsOfOutcome } from '../parts/outcome.tsx';
import { Progress } from '../parts/progress-bar.tsx';
import { deed, useTell } from '../parts/told.tsx';
import { useAction } from '../parts/use-action.ts';
import { useSession } from '../session/session-context.ts';
import { strings } from '../strings.ts';
import { type AddOutcome, type AddState, addPictures } from './add-pictures.ts';

type MakeProfileProps = {
  taken: readonly Environment[];
  /** Of the projection it is made for; else the service's own. */
  model: string | undefined;
  onChanged: () => void;
};

export function MakeProfile({ taken, model, onChanged }: MakeProfileProps) {
  const { client } = useSession();
  const [files, setFiles] = useState<readonly File[]>([]);
  const [name, setName] = useState('');
  const [progress, setProgress] = useState<AddState>();
  const [outcome, setOutcome] = useState<Outcome>();
  const tell = useTell();
  const hasFiles = files.length > 0;
  const exists = taken.some((environment) => environment.name === name.trim());
  const send = useAction(async () => {
    setOutcome(undefined);
    try {
      const added = await addPictures(client, { name: name.trim(), exists, model }, files, setProgress);
      if (added === undefined) return;
      const made = outcomeOf(added);
      setOutcome(made);
      tell(wordsOfOutcome(made), deed);
      setFiles([]);
      setName('');
    } finally {
      setProgress(undefined);
      onChanged();
    }
  });
  const text = strings.environments;
  return (
    <form
      class="stack make-profile"
      onSubmit={(event) => {
        event.preventDefault();
        void send.run();
      }}
    >
      {!hasFiles ? (
        <DropZone
          label={text.choosePictures}
          accept={acceptedMediaTypes}
          onFiles={(chosen) => {
            setOutcome(undefined);
            setFiles(chosen);
          }}
        >
          <strong>{text.dropTitle}</strong>
          <span>{text.dropHint}</span>
        </DropZone>
      ) : (
        <>
          <p>{text.chosen(files.length)}</p>
          <div class="row">
            <PlaceName taken={taken} name={name} isDisabled={send.isRunning} onName={setName} />
            <button type="submit" class="button primary" disabled={send.isRunning}>
              {exists ? text.add : text.make}
            </button>
            <button type="button" class="button" disabled={send.isRunning} onClick={() => setFiles([])}>
              {text.chooseOthers}
            </button>
          </div>
        </>
      )}
      {progress !== undefined && (
        <Progress label={text.sending} {...progress}>
          {text.sent(progress.done, progress.total)}
        </Progress>
      )}
      <ErrorNotice error={send.error} />
      {outcome !== undefined && <OutcomeNotice outcome={outcome} />}
    </form>
  );
}

type PlaceNameProps = Pick<MakeProfileProps, 'taken'> & {
  name: string;
  isDisabled: boolean;
  onName: (name: string) => void;
};

/** Offers the names that are taken: pictures are added to these. */
function PlaceName({ taken, name, isDisabled, onName }: PlaceNameProps) {
  const field = useRef<HTMLInputElement>(null);
  // What the pictures were chosen with is gone; the name is what is asked for next.
  useLayoutEffect(() => field.current?.focus(), []);
  const text = strings.environments;
  return (
    <>
      <label class="field grow">
        <span>{text.name}</span>
        <input
          ref={field}
          required
          maxLength={100}
          pattern="[^:\/]*[^:\/\s][^:\/]*"
          title={text.nameRule}
          placeholder={text.namePlaceholder}
          disabled={isDisabled}
          list="profiles"
          value={name}
          onInput={(event) => onName(event.currentTarget.value)}
        />
      </label>
      <datalist id="profiles">
        {taken.map((environment) => (
          <option key={environment.name} value={environment.name} />
        ))}
      </datalist>
    </>
  );
}

function outcomeOf({ profile, failed }: AddOutcome): Outcome {
  const { made, failed: leftOut } = strings.environments;
  return { taken: made(profile.name, profile.pictures), leftOut: leftOut(failed.length), files: failed };
}
