// Reads the Dockerfiles of this project into stages and instructions, as far as they go: continuation lines, comments, flags,
// ARG and ENV. Neither here-documents nor parser directives beyond `syntax`. Opens no file.

export type Instruction = {
  readonly keyword: string;
  /** `--from=packages` as `{from: 'packages'}`. */
  readonly flags: Readonly<Record<string, string>>;
  /** The rest of the line, continuation lines joined. */
  readonly text: string;
  /** Why the rehearsal leaves it out, from a comment `# rehearsal: skip (why)` before it. */
  readonly skip?: string;
};

export type Stage = {
  readonly base: string;
  readonly name?: string;
  readonly instructions: readonly Instruction[];
};

/** Stages in order; `values` stand for ARGs of the same name before the first FROM. */
export function parseDockerfile(text: string, values: Readonly<Record<string, string>> = {}): Stage[] {
  const stages: { base: string; name?: string; instructions: Instruction[] }[] = [];
  const globals: Record<string, string> = {};
  for (const instruction of readInstructions(text)) {
    if (instruction.keyword === 'FROM') {
      const [base = '', , name] = substitute(instruction.text, globals).split(/\s+/);
      stages.push({ base, ...(name === undefined ? {} : { name }), instructions: [] });
    } else if (stages.length === 0) {
      const [[name, fallback] = ['', '']] = parsePairs(instruction.text);
      globals[name] = values[name] ?? fallback;
    } else {
      stages.at(-1)?.instructions.push(instruction);
    }
  }
  return stages;
}

/** `NAME=value OTHER="two words"`; a name without a value has the empty one. */
export function parsePairs(text: string): [string, string][] {
  return [...text.matchAll(/([A-Za-z_]\w*)(?:=(?:"([^"]*)"|(\S*)))?/g)].map(([, name, quoted, plain]) => [
    name ?? '',
    quoted ?? plain ?? '',
  ]);
}

/** The exec form `["node", "main.ts"]`; `undefined` for the shell form. */
export function parseExecForm(text: string): string[] | undefined {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
  } catch {
    return undefined;
  }
}

function* readInstructions(text: string): Generator<Instruction> {
  let pending = '';
  let skip: string | undefined;
  for (const line of text.split('\n')) {
    const comment = /^\s*#(.*)$/.exec(line)?.[1];
    if (comment !== undefined) {
      skip = /rehearsal: skip \((.+)\)/.exec(comment)?.[1] ?? skip;
      continue;
    }
    pending += ` ${line.trim()}`;
    if (pending.endsWith('\\')) {
      pending = pending.slice(0, -1);
    } else {
      if (pending.trim() !== '') {
        yield readInstruction(pending.trim(), skip);
        skip = undefined;
      }
      pending = '';
    }
  }
}

function readInstruction(line: string, skip: string | undefined): Instruction {
  const [keyword = '', ...words] = line.split(/\s+/);
  const flags: Record<string, string> = {};
  while (words[0]?.startsWith('--')) {
    const [, name = '', value = ''] = /^--([\w-]+)(?:=(.*))?$/.exec(words.shift() ?? '') ?? [];
    flags[name] = value;
  }
  return {
    keyword: keyword.toUpperCase(),
    flags,
    text: words.join(' '),
    ...(skip === undefined ? {} : { skip }),
  };
}

function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)\}|\$(\w+)/g, (_, braced, plain) => values[braced ?? plain] ?? '');
}
