import { printableDocument, printableJson } from '../domain/printable';
import { ERRORS, ensureFirebreakError } from '../domain/errors';
import type { FirebreakError } from '../domain/errors';

/** stdout is data, stderr is talk (U3). */
export interface Output {
  readonly json: boolean;
  /** Data: the JSON value with `--json`, else the lines. */
  result(value: unknown, lines: readonly string[]): void;
  /**
   * A stored text of any length that is data as it is: a report, an export. Its bytes are its proof, so they stay as they are where
   * a program or a file takes them; on a terminal nothing in them steers it.
   */
  document(text: string): Promise<void>;
  /** Talk: never data. */
  say(line: string): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    result: (value, lines) => {
      if (json) writeJson(value);
      else if (lines.length > 0) process.stdout.write(`${lines.map(harmless).join('\n')}\n`);
    },
    document: async (text) => {
      const shown = process.stdout.isTTY ? printableDocument(text) : text;
      if (!process.stdout.write(shown)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    },
    say: (line) => {
      process.stderr.write(`${harmless(line)}\n`);
    },
  };
}

/** One line of JSON on stdout that holds printable characters only. */
function writeJson(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
}

/**
 * Lines quote hosts, providers and files, which an attacker may have written to: nothing in them may steer the terminal, hide text, or
 * look like another line. Only tabs and the colours of `paint` pass.
 */
function harmless(line: string): string {
  return line.replace(
    /(\u001b\[(?:0|1|2|31|32|33)m)|[^\P{Cc}\t]|[\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu,
    (_found, colour: string | undefined) => colour ?? '\ufffd',
  );
}

const COLOURS = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;

/** Colour on a terminal only, and never with NO_COLOR set to anything (no-color.org). */
export function paint(colour: keyof typeof COLOURS, text: string): string {
  const wanted = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
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

/** As many as a screen holds; the others are counted. */
const PROBLEMS_SHOWN = 20;

/** What went wrong, the problems of an input, and what to do now. @returns the exit code of the catalogue (U3) */
export function showError(output: Output, thrown: unknown): number {
  const error: FirebreakError = ensureFirebreakError(thrown);
  const spec = ERRORS[error.code];
  if (output.json) {
    const { code, message, problems } = error;
    writeJson({ error: { code, message, problems, hint: spec.hint } });
  } else {
    const [first = '', ...more] = error.message.split('\n');
    output.say(`${error.code}: ${first}`);
    // Set off, so that no line of a message looks like one of Firebreak's.
    for (const line of more) output.say(`  | ${line}`);
    for (const problem of error.problems.slice(0, PROBLEMS_SHOWN)) output.say(`  ${problem.path}: ${problem.message}`);
    const hidden = error.problems.length - PROBLEMS_SHOWN;
    if (hidden > 0) output.say(`  … and ${hidden} more problems (--json lists all of them)`);
    output.say(`→ ${spec.hint}`);
  }
  return spec.exitCode;
}
