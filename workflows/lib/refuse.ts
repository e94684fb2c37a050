import { ApplicationFailure } from '@temporalio/workflow';
import type { ErrorCode } from '../../src/domain/errors';
import type { Cause } from '../../src/domain/cause';
import { causeInEnglish } from '../../src/domain/cause-words';
import { ERRORS } from '../../src/domain/errors';

/** An order's refusal, as the caller of the Update gets it: catalogue code and the reason in words. */
export function refuse(code: ErrorCode, detail: string | Cause): ApplicationFailure {
  if (typeof detail === 'string')
    return ApplicationFailure.nonRetryable(`${ERRORS[code].message} ${detail}`.trim(), code);
  return ApplicationFailure.nonRetryable(`${ERRORS[code].message} ${causeInEnglish(detail)}.`, code, { why: detail });
}
