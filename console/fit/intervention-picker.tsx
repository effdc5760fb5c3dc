// Which interventions a fit applies, each shown on a picture so that it can be judged whether it keeps the content.

import { useEffect, useState } from 'preact/hooks';
import type { PictureInterventionName } from '#shared/contracts/intervention.ts';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { sha256Hex } from '#shared/digest.ts';
import { revokeLater } from '../parts/object-urls.ts';
import { strings } from '../strings.ts';
import { encodePng, intervene, readPixels } from '../try/picture.ts';

type InterventionPickerProps = {
  /** Absent while it is loaded. */
  picture: Blob | undefined;
  chosen: readonly PictureInterventionName[];
  onChange: (chosen: readonly PictureInterventionName[]) => void;
  /** Asks for the preview on another picture. */
  onAnother: () => void;
};

export function InterventionPicker({ picture, chosen, onChange, onAnother }: InterventionPickerProps) {
  const previews = usePreviews(picture);
  return (
    <div class="stack">
      <ul class="interventions">
        <li class="intervention is-original">
          <PreviewImage source={previews?.get('original')} />
          <span>{strings.interventions.original.name}</span>
        </li>
        {pictureInterventionNames.map((name) => (
          <li key={name}>
            <label class="intervention">
              <PreviewImage source={previews?.get(name)} />
              <span>
                <input
                  type="checkbox"
                  checked={chosen.includes(name)}
                  onChange={(event) =>
                    onChange(
                      pictureInterventionNames.filter((other) =>
                        other === name ? event.currentTarget.checked : chosen.includes(other),
                      ),
                    )
                  }
                />
                {strings.interventions[name].name}
              </span>
            </label>
          </li>
        ))}
      </ul>
      <p>
        <button type="button" class="button small" onClick={onAnother}>
          {strings.fit.anotherPicture}
        </button>
      </p>
    </div>
  );
}

function PreviewImage({ source }: { source: string | undefined }) {
  return source === undefined ? (
    <span class="preview" />
  ) : (
    <img class="preview" src={source} alt="" width="128" height="128" />
  );
}

function usePreviews(
  picture: Blob | undefined,
): ReadonlyMap<'original' | PictureInterventionName, string> | undefined {
  const [previews, setPreviews] = useState<ReadonlyMap<'original' | PictureInterventionName, string>>();
  useEffect(() => {
    if (picture === undefined) return;
    let isGone = false;
    const urls: string[] = [];
    const open = (blob: Blob) => {
      const url = URL.createObjectURL(blob);
      urls.push(url);
      return url;
    };
    const make = async () => {
      const pixels = await readPixels(picture, 160);
      const sha256 = await sha256Hex(new Uint8Array(await picture.arrayBuffer()));
      const made = new Map<'original' | PictureInterventionName, string>([['original', open(picture)]]);
      for (const name of pictureInterventionNames) {
        made.set(name, open(await encodePng(await intervene(pixels, name, sha256))));
      }
      if (isGone) revokeLater(urls);
      else setPreviews(made);
    };
    make().catch(() => setPreviews(undefined));
    return () => {
      isGone = true;
      revokeLater(urls);
    };
  }, [picture]);
  return previews;
}
