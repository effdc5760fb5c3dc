// Many pictures at a glance: a tile each, filters with their counts, and all answers as a table. A tile opens the picture's card.

import { useState } from 'preact/hooks';
import { formatLabel, formatPercent } from '#shared/figures/format.ts';
import { saveFile } from '../parts/save-file.ts';
import { strings } from '../strings.ts';
import type { Bench } from './bench.ts';
import type { Judged } from './judge-answer.tsx';
import type { LoadedPicture } from './picture.ts';
import { PictureCard } from './picture-card.tsx';
import type { ShownSide } from './shown-sides.ts';
import { answersAsCsv, type Filter, filters, isIn } from './standing.ts';
import { confidenceOf, isRight } from './verdict.ts';
import { GridWait } from './waiting.tsx';

type PictureGridProps = {
  bench: Bench;
  sides: readonly ShownSide[];
  labels: readonly string[];
  judged: Judged | undefined;
};

export function PictureGrid({ bench, sides, labels, judged }: PictureGridProps) {
  const [filter, setFilter] = useState<Filter>('all');
  const [openId, setOpenId] = useState<string>();
  const { pictures } = bench;
  const asked = sides.map(({ side }) => side);
  const within = (name: Filter) => pictures.filter((picture) => isIn(name, bench, picture, asked));
  const shown = within(filter);
  const open = pictures.find(({ id }) => id === openId);
  const text = strings.try.grid;
  return (
    <>
      <div class="try-bar">
        <fieldset class="segments">
          <legend class="sr-only">{text.filter}</legend>
          {filters.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === filter}
              title={text.hints[name]}
              onClick={() => setFilter(name)}
            >
              {text.filters[name]} {within(name).length}
            </button>
          ))}
        </fieldset>
        <button
          type="button"
          class="button small"
          onClick={() =>
            saveFile(new Blob([answersAsCsv(bench, shown, sides)], { type: 'text/csv' }), text.file)
          }
        >
          {text.csv(shown.length)}
        </button>
      </div>
      <GridWait bench={bench} asked={asked} />
      {filter === 'wrong' && pictures.every(({ trueLabel }) => trueLabel === undefined) && (
        <p class="hint">{text.nothingKnown}</p>
      )}
      {open !== undefined && (
        <ul class="cards">
          <PictureCard
            key={open.id}
            picture={open}
            bench={bench}
            sides={sides}
            labels={labels}
            judged={judged}
          />
        </ul>
      )}
      <ul class="tiles" aria-label={text.tiles}>
        {shown.map((picture) => (
          <Tile
            key={picture.id}
            picture={picture}
            bench={bench}
            sides={sides}
            isOpen={picture.id === openId}
            onOpen={() => setOpenId(picture.id === openId ? undefined : picture.id)}
          />
        ))}
      </ul>
      {shown.length === 0 && <p class="hint">{text.none}</p>}
    </>
  );
}

type TileProps = {
  picture: LoadedPicture;
  bench: Bench;
  sides: readonly ShownSide[];
  isOpen: boolean;
  onOpen: () => void;
};

function Tile({ picture, bench, sides, isOpen, onOpen }: TileProps) {
  // What the browser cannot draw is an empty frame, without its sign for something broken.
  const [isBroken, setBroken] = useState(false);
  return (
    <li>
      <button type="button" class="tile" aria-expanded={isOpen} title={picture.name} onClick={onOpen}>
        {isBroken ? (
          <span class="tile-none picture-none" role="img" aria-label={picture.name} />
        ) : (
          <img
            src={picture.url}
            alt={picture.name}
            loading="lazy"
            width="96"
            height="96"
            onError={() => setBroken(true)}
          />
        )}
        {sides.map(({ side, name }) => (
          <TileAnswer
            key={side}
            name={name}
            answer={bench.answerOf(picture.id, 'original', side)}
            picture={picture}
          />
        ))}
      </button>
    </li>
  );
}

type TileAnswerProps = { name: string; answer: ReturnType<Bench['answerOf']>; picture: LoadedPicture };

function TileAnswer({ name, answer, picture }: TileAnswerProps) {
  if (answer === undefined || answer.state === 'waiting') return <span class="tile-answer">…</span>;
  if (answer.state !== 'answered')
    return <span class="tile-answer icm-loss">{strings.try.grid.noAnswer}</span>;
  const right = isRight(answer, picture.trueLabel);
  const colour = right === undefined ? '' : right ? ' icm-gain' : ' icm-loss';
  return (
    <span class={`tile-answer${colour}`} title={name}>
      <span class="tile-label">
        {right !== undefined && (right ? '✓ ' : '✗ ')}
        {formatLabel(answer.label)}
      </span>{' '}
      {formatPercent(confidenceOf(answer) ?? 0, 0)} %
    </span>
  );
}
