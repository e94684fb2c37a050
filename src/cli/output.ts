import { ERRORS, ensureFirebreakError } from '../domain/errors';
import type { FirebreakError } from '../domain/errors';

/** stdout is data, stderr is talk (U3). */
export interface Output {
  readonly json: boolean;
  /** Data: the JSON value with `--json`, else the lines. */
  result(value: unknown, lines: readonly string[]): void;
  /** Talk: never data. */
  say(line: string): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    result: (value, lines) => {
      process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.length === 0 ? '' : `${lines.join('\n')}\n`);
    },
    say: (line) => {
      process.stderr.write(`${line}\n`);
    },
  };
}

const COLOURS = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;

/** Colour on a terminal only, and never with NO_COLOR. */
export function paint(colour: keyof typeof COLOURS, text: string): string {
  const wanted = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  return wanted ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
}

/** Columns padded to their widest cell; two blanks between them. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** What went wrong, every problem of an input, and what to do now. @returns the exit code of the catalogue (U3) */
export function showError(output: Output, thrown: unknown): number {
  const error: FirebreakError = ensureFirebreakError(thrown);
  const spec = ERRORS[error.code];
  if (output.json) {
    process.stdout.write(
      `${JSON.stringify({ error: { code: error.code, message: error.message, problems: error.problems, hint: spec.hint } })}\n`,
    );
  } else {
    output.say(`${error.code}: ${error.message}`);
    for (const problem of error.problems) output.say(`  ${problem.path}: ${problem.message}`);
    output.say(`→ ${spec.hint}`);
  }
  return spec.exitCode;
}
