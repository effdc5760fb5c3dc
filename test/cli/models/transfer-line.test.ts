import { expect, it } from 'vitest';
import { createTransferLine, formatTransfer } from '../../../cli/models/transfer-line.ts';

it('redraws at most ten times a second, and always at the end', () => {
  const drawn: string[] = [];
  let nowMs = 0;
  const line = { update: (text: string) => void drawn.push(text), clear: () => undefined };
  const show = createTransferLine(line, () => nowMs);
  for (let done = 0; done <= 1000; done++) {
    nowMs = done;
    show({ label: 'onnx/vision_model.onnx', doneBytes: done, totalBytes: 1000 });
  }
  expect(drawn).toHaveLength(11);
  expect(drawn.at(-1)).toContain('100 %');
});

it('shows share, amounts and speed, also of a transfer of nothing', () => {
  const text = formatTransfer({ label: 'a.onnx', doneBytes: 210e6, totalBytes: 350e6 }, 12.34e6);
  expect(text).toMatch(/^█+░+ 60 % {2}210\.0 of 350\.0 MB {2}12\.3 MB\/s {2}a\.onnx$/);
  expect(formatTransfer({ label: '', doneBytes: 0, totalBytes: 0 }, undefined)).toContain('100 %');
});
