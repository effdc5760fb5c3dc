// A bar on one line of a terminal for a transfer of known size. Draws nothing where the stream is no terminal.

import type { WriteStream } from 'node:tty';

export type Transfer = { readonly label: string; readonly doneBytes: number; readonly totalBytes: number };

type Terminal = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

export type ProgressBar = {
  update(transfer: Transfer): void;
  /** Takes the bar away, so that what is printed next starts on a clean line. */
  clear(): void;
};

const redrawMs = 100;
const barWidth = 24;

export function createProgressBar(terminal: Terminal, nowMs: () => number): ProgressBar {
  if (terminal.isTTY !== true) return { update: () => {}, clear: () => {} };
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let first: { atMs: number; bytes: number } | undefined;
  return {
    update(transfer) {
      const now = nowMs();
      first ??= { atMs: now, bytes: transfer.doneBytes };
      if (now - drawnAtMs < redrawMs && transfer.doneBytes < transfer.totalBytes) return;
      drawnAtMs = now;
      const seconds = (now - first.atMs) / 1000;
      const bytesPerSecond = seconds > 0 ? (transfer.doneBytes - first.bytes) / seconds : undefined;
      const line = formatTransfer(transfer, bytesPerSecond);
      terminal.write(`\r\u001b[2K${line.slice(0, (terminal.columns ?? 80) - 1)}`);
    },
    clear() {
      if (first !== undefined) terminal.write('\r\u001b[2K');
      first = undefined;
    },
  };
}

/** `[██████░░░░] 60 %  210.0 of 350.0 MB  12.3 MB/s  onnx/text_model.onnx` */
export function formatTransfer(transfer: Transfer, bytesPerSecond: number | undefined): string {
  const share = transfer.totalBytes === 0 ? 1 : Math.min(1, transfer.doneBytes / transfer.totalBytes);
  const filled = Math.round(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const speed = bytesPerSecond === undefined ? '' : `  ${formatMegabytes(bytesPerSecond)} MB/s`;
  const done = `${formatMegabytes(transfer.doneBytes)} of ${formatMegabytes(transfer.totalBytes)} MB`;
  return `[${bar}] ${Math.floor(share * 100)} %  ${done}${speed}  ${transfer.label}`;
}

export function formatMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
