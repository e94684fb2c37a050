import { Command } from 'commander';
import type { ErrorCode } from '../../../src/domain/errors';
import { ERRORS, FirebreakError, ensureFirebreakError, isErrorCode } from '../../../src/domain/errors';
import { registerOperation } from '../../../src/cli/register-operation';
import { registerEvidence } from '../../../src/cli/register-evidence';
import { registerOrders } from '../../../src/cli/register-orders';
import { registerRespond } from '../../../src/cli/register-respond';
import { registerViews } from '../../../src/cli/register-views';

const codes = Object.keys(ERRORS) as ErrorCode[];

/** `host add`, `status` …: every command that the command line has. */
function commands(): Set<string> {
  const program = new Command('firebreak');
  for (const register of [registerRespond, registerViews, registerOrders, registerEvidence, registerOperation])
    register(program);
  const named = new Set<string>();
  for (const command of program.commands) {
    named.add(command.name());
    for (const sub of command.commands) named.add(`${command.name()} ${sub.name()}`);
  }
  return named;
}

describe('U3 error catalogue', () => {
  test.each(codes)('%s says what happened and what to do, in sentences', (code) => {
    const { message, hint, exitCode } = ERRORS[code];
    expect(message).toMatch(/^[A-Zs].*\.$/);
    expect(hint).toMatch(/^[A-Z].*\.$/);
    expect([1, 2, 3, 4, 5]).toContain(exitCode);
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
  });

  test('hints name commands that exist', () => {
    const known = commands();
    const named = codes.flatMap((code) =>
      [...ERRORS[code].hint.matchAll(/`firebreak ([a-z-]+(?: [a-z]+)?)/g)].map(([, words]) => words ?? ''),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((words) => !known.has(words))).toEqual([]);
  });

  test('what people or their input did wrong is never retried', () => {
    for (const code of codes) if ([2, 3].includes(ERRORS[code].exitCode)) expect(ERRORS[code].retryable).toBe(false);
  });

  test('an error carries its code, the catalogue’s words, the detail and the problems', () => {
    const problems = [{ path: '$.hosts', message: 'is empty' }];
    const cause = new Error('inner');
    const error = new FirebreakError('BAD_INPUT', '1 problem.', { problems, cause, retryAfterMs: 5 });
    expect(error).toMatchObject({ name: 'FirebreakError', code: 'BAD_INPUT', problems, cause, retryAfterMs: 5 });
    expect(error.message).toBe('The input is not valid. 1 problem.');
    expect(new FirebreakError('GRANT_USED').message).toBe(ERRORS.GRANT_USED.message);
  });

  test('anything thrown becomes one of ours, once', () => {
    const own = new FirebreakError('DISK_FULL');
    expect(ensureFirebreakError(own, 'BAD_INPUT')).toBe(own);
    expect(ensureFirebreakError(new TypeError('x is not a function'))).toMatchObject({ code: 'UNEXPECTED' });
    expect(ensureFirebreakError(undefined, 'HOST_TIMEOUT')).toMatchObject({ code: 'HOST_TIMEOUT' });
  });

  test('inherited names are no codes', () => {
    expect(['toString', 'constructor', '__proto__', 'hasOwnProperty', ''].filter(isErrorCode)).toEqual([]);
    expect(codes.every(isErrorCode)).toBe(true);
  });
});
