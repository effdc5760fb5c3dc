// Reads the `Server-Timing` header: what the edge measured of a request.

export type TimingEntry = {
  readonly name: string;
  readonly durationMs: number | undefined;
  readonly description: string | undefined;
};

export function parseServerTiming(header: string | null): TimingEntry[] {
  if (header === null) return [];
  return header.split(',').flatMap((entry) => {
    const [name, ...parameters] = entry.split(';').map((part) => part.trim());
    if (name === undefined || name === '') return [];
    const values = new Map(
      parameters.map((parameter) => {
        const [key = '', value = ''] = parameter.split('=');
        return [key, value.replace(/^"|"$/g, '')] as const;
      }),
    );
    const duration = Number(values.get('dur') ?? Number.NaN);
    return [
      {
        name,
        durationMs: Number.isFinite(duration) ? duration : undefined,
        description: values.get('desc'),
      },
    ];
  });
}
