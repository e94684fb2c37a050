import {
  ActivityFailure,
  ApplicationFailure,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcServiceError,
} from '@temporalio/client';
import { ERRORS, FirebreakError, isErrorCode } from '../domain/errors';

/** What the Temporal client threw, as a catalogue error; the code of a refused order comes through unchanged. */
export function fromTemporal(thrown: unknown): FirebreakError {
  if (thrown instanceof FirebreakError) return thrown;
  if (
    thrown instanceof WorkflowUpdateFailedError ||
    thrown instanceof WorkflowFailedError ||
    thrown instanceof ActivityFailure
  )
    return fromTemporal(thrown.cause);
  if (thrown instanceof ApplicationFailure && typeof thrown.type === 'string' && isErrorCode(thrown.type)) {
    const prefix = ERRORS[thrown.type].message;
    const detail = thrown.message.startsWith(prefix) ? thrown.message.slice(prefix.length).trim() : thrown.message;
    return new FirebreakError(thrown.type, detail === '' ? undefined : detail, { cause: thrown });
  }
  if (thrown instanceof WorkflowNotFoundError)
    return new FirebreakError('INCIDENT_CLOSED', undefined, { cause: thrown });
  // Nobody answered in time; whether the Update was taken is not known.
  if (isGrpcServiceError(thrown) || thrown instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return new FirebreakError('TEMPORAL_UNREACHABLE', thrown.message.slice(0, 200), { cause: thrown });
  if (thrown instanceof Error && thrown.name === 'TransportError')
    return new FirebreakError('TEMPORAL_UNREACHABLE', thrown.message, { cause: thrown });
  return new FirebreakError('UNEXPECTED', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
