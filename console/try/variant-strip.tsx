// The picture after each intervention, as a row of buttons: choosing one asks both sides about it.

import { useEffect, useRef } from 'preact/hooks';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { OfRow } from '../parts/of-row.tsx';
import { strings } from '../strings.ts';
import type { Bench } from './bench.ts';
import type { LoadedPicture, Variant } from './picture.ts';
import type { ShownSide } from './shown-sides.ts';
import { Tally } from './tally.tsx';
import { judge } from './verdict.ts';

type VariantStripProps = {
  picture: LoadedPicture;
  bench: Bench;
  thumbnails: ReadonlyMap<Variant, string>;
  shown: Variant;
  sides: readonly ShownSide[];
  onShow: (variant: Variant) => void;
};

export function VariantStrip({ picture, bench, thumbnails, shown, sides, onShow }: VariantStripProps) {
  const choose = (variant: Variant) => {
    onShow(variant);
    if (variant !== 'original' && bench.answerOf(picture.id, variant, 'clip') === undefined) {
      void bench.tryVariants(picture, [variant]);
    }
  };
  const untried = bench.untried(picture);
  const row = useRef<HTMLDivElement>(null);
  // Where the row is cut off, the one shown is to be seen. The page itself stays where it is.
  useEffect(() => {
    const [list, button] = [row.current, row.current?.querySelector('[aria-pressed="true"]')];
    if (!list || !(button instanceof HTMLElement)) return;
    const { offsetLeft, offsetWidth } = button;
    if (offsetLeft < list.scrollLeft || offsetLeft + offsetWidth > list.scrollLeft + list.clientWidth) {
      list.scrollLeft = offsetLeft + offsetWidth - list.clientWidth;
    }
  }, [shown]);
  return (
    <fieldset class="strip">
      <legend class="sr-only">{strings.try.interventionsOf(picture.name)}</legend>
      <div class="strip-variants" ref={row}>
        {(['original', ...pictureInterventionNames] as const).map((variant) => (
          <button
            key={variant}
            type="button"
            class="variant"
            aria-pressed={shown === variant}
            onClick={() => choose(variant)}
          >
            <VariantImage source={variant === 'original' ? picture.url : thumbnails.get(variant)} />
            <span class="variant-name">{strings.interventions[variant].short}</span>
            <span class="variant-marks">
              {variant !== 'original' &&
                sides.map((side) => (
                  <VerdictMark
                    key={side.side}
                    bench={bench}
                    picture={picture.id}
                    variant={variant}
                    {...side}
                  />
                ))}
            </span>
          </button>
        ))}
      </div>
      <div class="strip-foot">
        {untried.length > 0 && (
          <button type="button" class="button small" onClick={() => void bench.tryVariants(picture, untried)}>
            {strings.try.tryAll(untried.length)}
            <OfRow what={picture.name} />
          </button>
        )}
        <Tally bench={bench} pictures={[picture]} sides={sides} />
      </div>
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

type VerdictMarkProps = ShownSide & { bench: Bench; picture: string; variant: Variant };

function VerdictMark({ bench, picture, variant, side, name }: VerdictMarkProps) {
  const changed = bench.answerOf(picture, variant, side);
  const verdict = judge(bench.answerOf(picture, 'original', side), changed);
  if (verdict === undefined) {
    return <span class={`mark ${changed?.state === 'waiting' ? 'mark-waiting' : 'mark-none'}`} />;
  }
  const text = `${name}: ${strings.try.verdicts[verdict]}`;
  return (
    <span class={`mark mark-${verdict}`} role="img" aria-label={text} title={text}>
      {verdict === 'held' ? '=' : '≠'}
    </span>
  );
}
