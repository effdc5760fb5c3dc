// A number that is either chosen automatically or set with a slider.

import { strings } from '../strings.ts';

type AutoSliderProps = {
  label: string;
  hint: string;
  value: number | undefined;
  /** The value the slider starts at when "automatic" is taken off. */
  start: number;
  /** The slider's own scale, e.g. logarithms. */
  position: {
    min: number;
    max: number;
    step: number;
    of: (value: number) => number;
    value: (position: number) => number;
  };
  format: (value: number) => string;
  onChange: (value: number | undefined) => void;
};

export function AutoSlider({ label, hint, value, start, position, format, onChange }: AutoSliderProps) {
  const isAutomatic = value === undefined;
  const shown = isAutomatic ? strings.solve.automatic : format(value);
  return (
    <fieldset class="slider">
      <legend class="sr-only">{label}</legend>
      <div class="slider-head" aria-hidden="true">
        <span>{label}</span>
        <output>{isAutomatic ? '' : shown}</output>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={isAutomatic}
          onChange={(event) => onChange(event.currentTarget.checked ? undefined : start)}
        />
        {strings.solve.automatic}
      </label>
      <input
        type="range"
        aria-label={label}
        aria-valuetext={shown}
        min={position.min}
        max={position.max}
        step={position.step}
        disabled={isAutomatic}
        value={position.of(value ?? start)}
        onInput={(event) => onChange(position.value(event.currentTarget.valueAsNumber))}
      />
      <small>{hint}</small>
    </fieldset>
  );
}
