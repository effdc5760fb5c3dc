// A transfer of known size on the terminal's status line: bar, amounts, speed.

import { formatBar, type StatusLine } from '../terminal/status-line.ts';

export type Transfer = { readonly label: string; readonly doneBytes: number; readonly totalBytes: number };

const redrawMs = 100;

/** To be told of every step; redraws at most ten times a second, and at the end. */
export function createTransferLine(line: StatusLine, nowMs: () => number): (transfer: Transfer) => void {
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let first: { atMs: number; bytes: number } | undefined;
  return (transfer) => {
    const now = nowMs();
    first ??= { atMs: now, bytes: transfer.doneBytes };
    if (now - drawnAtMs < redrawMs && transfer.doneBytes < transfer.totalBytes) return;
    drawnAtMs = now;
    const seconds = (now - first.atMs) / 1000;
    line.update(
      formatTransfer(transfer, seconds > 0 ? (transfer.doneBytes - first.bytes) / seconds : undefined),
    );
  };
}

/** `██████░░░░ 60 %  210.0 of 350.0 MB  12.3 MB/s  onnx/text_model.onnx` */
export function formatTransfer(transfer: Transfer, bytesPerSecond: number | undefined): string {
  const share = transfer.totalBytes === 0 ? 1 : Math.min(1, transfer.doneBytes / transfer.totalBytes);
  const speed = bytesPerSecond === undefined ? '' : `  ${formatMegabytes(bytesPerSecond)} MB/s`;
  const done = `${formatMegabytes(transfer.doneBytes)} of ${formatMegabytes(transfer.totalBytes)} MB`;
  return `${formatBar(share)} ${Math.floor(share * 100)} %  ${done}${speed}  ${transfer.label}`;
}

export function formatMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
