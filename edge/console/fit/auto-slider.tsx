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
  return (
    <fieldset class="slider">
      <legend>
        {label} <output>{isAutomatic ? strings.solve.automatic : format(value)}</output>
      </legend>
      <input
        type="range"
        aria-label={label}
        aria-valuetext={isAutomatic ? strings.solve.automatic : format(value)}
        min={position.min}
        max={position.max}
        step={position.step}
        disabled={isAutomatic}
        value={position.of(value ?? start)}
        onInput={(event) => onChange(position.value(event.currentTarget.valueAsNumber))}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={isAutomatic}
          onChange={(event) => onChange(event.currentTarget.checked ? undefined : start)}
        />
        {strings.solve.automatic}
      </label>
      <small>{hint}</small>
    </fieldset>
  );
}
