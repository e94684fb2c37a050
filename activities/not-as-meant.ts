import type { Cause } from '../src/domain/cause';
import type { ErrorCode } from '../src/domain/errors';
import { FirebreakError } from '../src/domain/errors';
import type { ActionResult } from '../src/domain/plan';

/** A host answered, and what was read back is not what the act was for; the result goes into the tables (TBL-093). */
export class NotAsMeant extends FirebreakError {
  constructor(
    code: ErrorCode,
    detail: string | Cause,
    readonly result: ActionResult,
  ) {
    super(code, detail);
  }
}
