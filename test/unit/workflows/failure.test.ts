import { ActivityFailure, ApplicationFailure, CancelledFailure, RetryState } from '@temporalio/common';
import { ActFailed, toApplicationFailure } from '../../../activities/failure';
import { ERRORS, FirebreakError } from '../../../src/domain/errors';
import { factText, type Fact } from '../../../src/domain/fact';
import { inEnglish } from '../../../src/domain/fact-words';
import type { Fault } from '../../../src/domain/fault';
import type { IncidentId } from '../../../src/domain/ids';
import { FACTS_JA } from '../../../src/domain/ja/facts-ja';
import { recordable } from '../../../src/domain/notice-words';
import { faultOf } from '../../../workflows/lib/failure';

const failure = (type: string, message: string, details: unknown[] = []) =>
  ApplicationFailure.create({ type, message, details, nonRetryable: true });

describe('N6 a failure as people of any language are told of it', () => {
  test('the code, and the detail without the English message of the catalogue', () => {
    const cause = failure('HOST_UNREACHABLE', `${ERRORS.HOST_UNREACHABLE.message} connect ECONNREFUSED`);
    const expected = { code: 'HOST_UNREACHABLE', detail: 'connect ECONNREFUSED' };
    expect(faultOf(cause)).toEqual(expected);
    expect(
      faultOf(new ActivityFailure('act failed', 'act', '1', RetryState.NON_RETRYABLE_FAILURE, undefined, cause)),
    ).toEqual(expected);
  });

  test('C2 what of an act does not hold: by name, instead of a detail', () => {
    const told = { targets: [{ target: 'mallory', outcome: 'failed', why: ['keys-in-place'] }], more: 0 };
    const cause = failure('VERIFY_FAILED', 'web-1: 0 applied, 1 failed: mallory failed.', [
      { unrecorded: [], exceptions: told },
    ]);
    expect(faultOf(cause)).toEqual({ code: 'VERIFY_FAILED', ...told });
  });

  test('P1 what Firebreak says of it, by code: each language words it, and nothing is quoted', () => {
    const error = new FirebreakError('HOST_TIMEOUT', { cause: 'no-end-after', seconds: 30 });
    expect(error.message).toBe(`${ERRORS.HOST_TIMEOUT.message} no end after 30 s.`);
    const fault = faultOf(toApplicationFailure(error));
    expect(fault).toEqual({ code: 'HOST_TIMEOUT', why: { cause: 'no-end-after', seconds: 30 } });
    expect(faultOf(toApplicationFailure(new ActFailed(error, [])))).toEqual(fault);
    expect(factText(FACTS_JA, { fact: 'went-wrong', fault })).toBe(
      'ホストが時間内に応答しない（30秒以内に終わらない）',
    );
    expect(inEnglish({ fact: 'went-wrong', fault })).toBe(`${ERRORS.HOST_TIMEOUT.message} no end after 30 s`);
  });

  test('P1 a failure of a target of a failure is kept whole when a worker records it', () => {
    const inner: Fault = { code: 'HOST_TIMEOUT', why: { cause: 'no-end-after', seconds: 30 } };
    const also = [{ fact: 'rung-failed', rung: 'gateway', fault: inner } as const];
    const fault: Fault = { code: 'VERIFY_FAILED', targets: [{ target: 'web-1', outcome: 'failed', also }], more: 0 };
    const failed: Fact = { fact: 'access-control-failed', host: 'web-1', fault };
    const why = [{ fact: 'stage', stage: 'manual', why: [failed] } as const];
    const told: Fact = { fact: 'stage', stage: 'partial', why };
    expect(recordable(failed, 'INC-20261120-7F3K' as IncidentId)).toEqual(failed);
    expect(inEnglish(recordable(why[0]!, 'INC-20261120-7F3K' as IncidentId))).toBe(inEnglish(why[0]!));
    expect(inEnglish(told)).toContain('no end after 30 s');
  });

  test('P1 a cause that another version has written is quoted', () => {
    const fault = { code: 'HOST_TIMEOUT', why: { cause: 'moon' } } as unknown as Fault;
    expect(factText(FACTS_JA, { fact: 'went-wrong', fault })).toContain('「{"cause":"moon"}」');
    expect(inEnglish({ fact: 'went-wrong', fault })).toContain('“{"cause":"moon"}”');
  });

  test('no detail, none told', () => {
    expect(faultOf(failure('DISK_FULL', ERRORS.DISK_FULL.message))).toEqual({ code: 'DISK_FULL' });
  });

  test('a time share that is used up: which one', () => {
    expect(faultOf(failure('SHARE_USED_UP', 'logs: time share of 8:00 used up', ['8:00']))).toEqual({
      code: 'SHARE_USED_UP',
      limit: '8:00',
    });
  });

  test('an ordinary error is unexpected; a cancellation is nobody’s failure', () => {
    expect(faultOf(new TypeError('x is not a function'))).toEqual({
      code: 'UNEXPECTED',
      detail: 'x is not a function',
    });
    expect(faultOf(new CancelledFailure('Activity cancelled'))).toEqual({ code: 'CANCELLED' });
  });

  test('history keeps 500 characters of a detail', () => {
    expect(faultOf(failure('DISK_FULL', 'x'.repeat(9_000))).detail).toHaveLength(500);
  });
});
