import { ApplicationFailure } from '@temporalio/workflow';
import type { ErrorCode } from '../../src/domain/errors';
import { ERRORS } from '../../src/domain/errors';

/** An order's refusal, as the caller of the Update gets it: catalogue code and the reason in words. */
export function refuse(code: ErrorCode, detail: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`${ERRORS[code].message} ${detail}`.trim(), code);
}
