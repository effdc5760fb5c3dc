import { expect, it } from 'vitest';
import { createProgressBar, formatTransfer } from '../../../cli/models/progress-bar.ts';

function recorder(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => {
    written.push(String(text));
    return true;
  };
  return { written, terminal: { isTTY, columns: 60, write } };
}

it('draws nothing where there is no terminal', () => {
  const { written, terminal } = recorder(false);
  const bar = createProgressBar(terminal, () => 0);
  bar.update({ label: 'x', doneBytes: 1, totalBytes: 2 });
  bar.clear();
  expect(written).toEqual([]);
});

it('redraws at most ten times a second, always at the end, and never beyond the line', () => {
  const { written, terminal } = recorder(true);
  let nowMs = 0;
  const bar = createProgressBar(terminal, () => nowMs);
  for (let done = 0; done <= 1000; done++) {
    nowMs = done;
    bar.update({ label: 'onnx/vision_model.onnx', doneBytes: done, totalBytes: 1000 });
  }
  expect(written).toHaveLength(11);
  expect(written.at(-1)).toContain('100 %');
  for (const line of written) expect(line.replace('\r\u001b[2K', '').length).toBeLessThan(60);
});

it('shows share, amounts and speed, also of a transfer of nothing', () => {
  const text = formatTransfer({ label: 'a.onnx', doneBytes: 210e6, totalBytes: 350e6 }, 12.34e6);
  expect(text).toMatch(/^\[█+░+\] 60 % {2}210\.0 of 350\.0 MB {2}12\.3 MB\/s {2}a\.onnx$/);
  expect(formatTransfer({ label: '', doneBytes: 0, totalBytes: 0 }, undefined)).toContain('100 %');
});
