import { randomUUID } from 'node:crypto';
import { ensureFirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import type { AuditEvent } from '../domain/ledger';
import type { OperationsDeps } from './deps';

/** What a person is about to do outside of a response: read evidence, change the configuration, enrol somebody (L1). */
export interface Announced {
  /** Noun and verb, e.g. `evidence.exported`. */
  readonly action: string;
  readonly subject: string;
  readonly actor: string;
  readonly incident?: IncidentId;
  readonly reason?: string;
  readonly detail?: AuditEvent['detail'];
}

/** What it came to. */
export interface Ended {
  readonly result: string;
  readonly detail?: AuditEvent['detail'];
}

/**
 * Writes the intent, then does it, then writes what it came to. What cannot be announced is not done: the orders and readings of people
 * fail closed (L1). A failure is written too, as far as the ledger can still be reached.
 * @param work does it; `ended` gives the words for the second event
 * @throws FirebreakError LEDGER_UNREACHABLE before anything is done; whatever `work` throws
 */
export async function announced<T>(
  deps: Pick<OperationsDeps, 'ledger' | 'now'>,
  what: Announced,
  work: () => Promise<T>,
  ended: (value: T) => Ended = () => ({ result: 'done' }),
): Promise<T> {
  const once = randomUUID();
  const event = (stage: 'intent' | 'result', end?: Ended, level: AuditEvent['level'] = 'AUDIT'): AuditEvent => {
    const detail = { ...what.detail, ...end?.detail };
    return {
      // The command line's own keys: they never stand where a worker's event belongs.
      key: `cli:${what.action}:${what.subject}:${once}:${stage}`,
      level,
      ...(what.incident === undefined ? {} : { incident: what.incident }),
      actor: what.actor,
      stage,
      action: what.action,
      subject: what.subject,
      ...(what.reason === undefined ? {} : { reason: what.reason }),
      ...(end === undefined ? {} : { result: end.result }),
      at: deps.now().toISOString(),
      ...(Object.keys(detail).length === 0 ? {} : { detail }),
    };
  };
  await deps.ledger.append([event('intent')]);
  let value: T;
  try {
    value = await work();
  } catch (thrown) {
    const { code } = ensureFirebreakError(thrown);
    // The intent stands; that the failure is not written must not hide what failed.
    await deps.ledger.append([event('result', { result: code }, 'ERROR')]).catch(() => undefined);
    throw thrown;
  }
  await deps.ledger.append([event('result', ended(value))]);
  return value;
}
