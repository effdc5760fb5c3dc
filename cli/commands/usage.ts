// `clip-icm usage`: what the tenant has used, by day, and what is left of today.

import { Command } from 'commander';
import { describeBytes } from '#shared/describe-bytes.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { formatTable, print } from '../terminal/output.ts';

type UsageOptions = ConnectionOptions & { readonly from?: string; readonly to?: string };

export function usageCommand(): Command {
  const command = new Command('usage')
    .description('what has been used, by day')
    .option('--from <day>', 'e.g. 2026-11-01; default: 30 days ago')
    .option('--to <day>', 'default: today');
  return withConnection(command).action(show);
}

async function show(options: UsageOptions): Promise<void> {
  const usage = await (await connect(options)).usage.get({ from: options.from, to: options.to });
  const rows = [...usage.days, { day: 'total', ...usage.totals }].map((day) => [
    day.day,
    day.requests,
    day.errors,
    day.picturesEncoded,
    day.pixelsDecoded,
    day.textsEncoded,
    day.urlsFetched,
    day.cacheHits,
  ]);
  const columns = ['day', 'requests', 'errors', 'encoded', 'pixels', 'texts', 'fetched', 'cached'];
  const { pictures, pixels, texts, fetches } = usage.leftToday;
  const { used, limit } = usage.stored;
  const left = [
    `Left today: ${pictures} pictures (${pixels} pixels) and ${texts} texts to encode, ${fetches} addresses to fetch.`,
    `Stored: ${describeBytes(used)} of ${describeBytes(limit)}.`,
  ].join('\n');
  print(options, usage, `${formatTable(columns, rows, '')}\n${left}`);
}
