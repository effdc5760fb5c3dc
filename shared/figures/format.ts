// Numbers as a reader wants them. The same everywhere, whatever the machine's locale.

/** A share as per cent without the sign: 0.7483 -> "74.8". */
export function formatPercent(share: number, digits = 1): string {
  return Number.isFinite(share) ? (100 * share).toFixed(digits) : '–';
}

/** A difference of shares in points, always with its sign: 0.016 -> "+1.6", a real minus for losses. */
export function formatPoints(difference: number, digits = 1): string {
  const points = formatPercent(Math.abs(difference), digits);
  if (Number(points) === 0) return '±0.0';
  return `${difference > 0 ? '+' : '−'}${points}`;
}

/** Three significant digits without trailing zeros: 0.0300 -> "0.03", 100 -> "100", 1e-5 -> "10⁻⁵", 2.5e-7 -> "2.5·10⁻⁷". */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  if (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4) return formatPower(value);
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

function formatPower(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential(1).split('e');
  const raised = [...exponent.replace('+', '')].map((sign) =>
    sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)],
  );
  const mantissa = digits.replace('.0', '').replace('-', '−');
  return `${mantissa === '1' ? '' : `${mantissa}·`}10${raised.join('')}`;
}

/** With thin spaces between thousands: 12345 -> "12 345". */
export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3})+$)/g, '\u2009');
}

/** One digit behind the point, with a real minus and no minus before nothing. */
export function formatTenths(value: number): string {
  return (Math.round(10 * value) / 10 + 0).toFixed(1).replace('-', '−');
}

/** A duration with a fitting unit. */
export function formatMilliseconds(ms: number): string {
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A folder name as people say it: "monkey_face" -> "monkey face". */
export function formatLabel(label: string): string {
  return label.replaceAll('_', ' ');
}
