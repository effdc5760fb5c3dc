// The picture after each intervention, as a row of buttons: choosing one asks both sides about it.

import { useEffect, useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import { type Side, sides } from './ask.ts';
import type { Bench } from './bench.ts';
import { interventionNames } from './default-interventions.ts';
import { encodePng, intervene, type LoadedPicture, readPixels, type Variant } from './picture.ts';
import { judge } from './verdict.ts';

const thumbnailSide = 112;

type VariantStripProps = {
  picture: LoadedPicture;
  bench: Bench;
  shown: Variant;
  hasProjection: boolean;
  onShow: (variant: Variant) => void;
};

export function VariantStrip({ picture, bench, shown, hasProjection, onShow }: VariantStripProps) {
  const thumbnails = useThumbnails(picture);
  const choose = (variant: Variant) => {
    onShow(variant);
    if (variant !== 'original' && bench.answerOf(picture.id, variant, 'clip') === undefined) {
      bench.tryVariants(picture, [variant]);
    }
  };
  const untried = interventionNames.filter((name) => bench.answerOf(picture.id, name, 'clip') === undefined);
  const shownSides = sides.filter((side) => side === 'clip' || hasProjection);
  return (
    <fieldset class="strip">
      <legend class="sr-only">{strings.try.interventionsOf(picture.name)}</legend>
      <div class="strip-variants">
        {(['original', ...interventionNames] as const).map((variant) => (
          <button
            key={variant}
            type="button"
            class="variant"
            aria-pressed={shown === variant}
            onClick={() => choose(variant)}
          >
            <VariantImage source={variant === 'original' ? picture.url : thumbnails?.get(variant)} />
            <span class="variant-name">{strings.interventions[variant].short}</span>
            <span class="variant-marks">
              {variant !== 'original' &&
                shownSides.map((side) => (
                  <VerdictMark key={side} bench={bench} picture={picture.id} variant={variant} side={side} />
                ))}
            </span>
          </button>
        ))}
      </div>
      <button
        type="button"
        class="button small"
        disabled={untried.length === 0}
        onClick={() => bench.tryVariants(picture, untried)}
      >
        {strings.try.tryAll}
      </button>
    </fieldset>
  );
}

function VariantImage({ source }: { source: string | undefined }) {
  return source === undefined ? (
    <span class="variant-image" />
  ) : (
    <img class="variant-image" src={source} alt="" width="56" height="56" />
  );
}

type VerdictMarkProps = { bench: Bench; picture: string; variant: Variant; side: Side };

function VerdictMark({ bench, picture, variant, side }: VerdictMarkProps) {
  const changed = bench.answerOf(picture, variant, side);
  const verdict = judge(bench.answerOf(picture, 'original', side), changed);
  if (verdict === undefined) {
    return <span class={`mark ${changed?.state === 'waiting' ? 'mark-waiting' : 'mark-none'}`} />;
  }
  const text = `${strings.try.sides[side]}: ${strings.try.verdicts[verdict]}`;
  return (
    <span class={`mark mark-${verdict}`} role="img" aria-label={text} title={text}>
      {verdict === 'held' ? '=' : '≠'}
    </span>
  );
}

/** Object URLs of the picture after each intervention; none where the browser cannot read it. */
function useThumbnails(picture: LoadedPicture): ReadonlyMap<Variant, string> | undefined {
  const [thumbnails, setThumbnails] = useState<ReadonlyMap<Variant, string>>();
  useEffect(() => {
    let isGone = false;
    const urls: string[] = [];
    const make = async () => {
      const pixels = await readPixels(picture.file, thumbnailSide);
      const made = new Map<Variant, string>();
      for (const name of interventionNames) {
        const url = URL.createObjectURL(await encodePng(await intervene(pixels, name, picture.sha256)));
        urls.push(url);
        made.set(name, url);
      }
      if (isGone) for (const url of urls) URL.revokeObjectURL(url);
      else setThumbnails(made);
    };
    make().catch(() => undefined);
    return () => {
      isGone = true;
      for (const url of urls) URL.revokeObjectURL(url);
    };
  }, [picture]);
  return thumbnails;
}
