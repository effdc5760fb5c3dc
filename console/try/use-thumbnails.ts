// Small pictures of what each intervention makes of a picture.

import { useEffect, useState } from 'preact/hooks';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { revokeLater } from '../parts/object-urls.ts';
import { encodePng, intervene, type LoadedPicture, readPixels, type Variant } from './picture.ts';

const shorterSide = 160;

/** Object URLs, one after another as they are made; none where the browser cannot read the picture. */
export function useThumbnails({ file, sha256 }: LoadedPicture): ReadonlyMap<Variant, string> {
  const [thumbnails, setThumbnails] = useState<ReadonlyMap<Variant, string>>(new Map());
  useEffect(() => {
    let isGone = false;
    const urls: string[] = [];
    const make = async () => {
      const pixels = await readPixels(file, shorterSide);
      for (const name of pictureInterventionNames) {
        const blob = await encodePng(await intervene(pixels, name, sha256));
        if (isGone) return;
        const url = URL.createObjectURL(blob);
        urls.push(url);
        setThumbnails((made) => new Map([...made, [name, url]]));
      }
    };
    make().catch(() => undefined);
    return () => {
      isGone = true;
      revokeLater(urls);
    };
  }, [file, sha256]);
  return thumbnails;
}
