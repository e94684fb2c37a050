import type { ErrorSpec } from '../../domain/error-spec';
import { ERRORS } from '../../domain/errors';
import { heading, markdownTable } from './markdown';

/** What each exit code means (U3); 0 is no error. */
const EXIT_CODES = [
  ['0', 'done'],
  ['1', 'failed'],
  ['2', 'bad input'],
  ['3', 'not authorised'],
  ['4', 'finished, but people must act'],
  ['5', 'a needed service is unreachable'],
] as const;

/** docs/errors.md: the catalogue, by exit code. */
export function errorsPage(): string {
  const entries: [string, ErrorSpec][] = Object.entries(ERRORS);
  const sections = EXIT_CODES.filter(([code]) => code !== '0').flatMap(([code, words]) => [
    `## Exit code ${code}: ${words}`,
    '',
    ...markdownTable(
      ['Code', 'What happened', 'What to do', 'Retried'],
      entries
        .filter(([, spec]) => spec.exitCode === Number(code))
        .map(([name, spec]) => [`\`${name}\``, spec.message, spec.hint, spec.retryable ? 'yes' : 'no']),
    ),
    '',
  ]);
  return [
    ...heading(
      'Errors',
      'Every error has a code; Firebreak decides by it, never by the text. On the command line an error is `CODE: message` with its hint on stderr, or with `--json` `{"error":{"code","message","problems","hint"}}` on stdout. “Retried” says whether the same call may succeed when repeated unchanged; the intervals are fixed per kind of work.',
    ),
    ...markdownTable(['Exit code', 'Means'], EXIT_CODES),
    '',
    ...sections,
  ].join('\n');
}
