// The sample pictures on offer, each a button.

import { formatLabel } from '#shared/figures/format.ts';
import { offeredSamples, type Sample, sampleUrl } from '../samples.ts';
import { strings } from '../strings.ts';

export function SampleTray({ onPick }: { onPick: (samples: readonly Sample[]) => void }) {
  return (
    <fieldset class="sample-tray">
      <legend>{strings.try.samples}</legend>
      {offeredSamples.map((sample) => {
        const about = strings.try.sampleName(formatLabel(sample.concept), sample.style);
        return (
          <button
            key={`${sample.style}/${sample.concept}`}
            type="button"
            class="sample"
            title={about}
            onClick={() => onPick([sample])}
          >
            <img src={sampleUrl(sample.style, sample.concept)} alt={about} width="40" height="40" />
          </button>
        );
      })}
    </fieldset>
  );
}
