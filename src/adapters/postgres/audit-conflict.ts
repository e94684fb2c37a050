import { hashOf } from '../../domain/hash';
import type { AuditEvent } from '../../domain/ledger';

/** What an event says happened; when it was written and in which words may differ between two attempts. */
function gistOf({ incident, actor, stage, action, subject, result }: AuditEvent): object {
  return { incident, actor, stage, action, subject, result };
}

/** Whether an event that comes under a stored key is the stored one again. */
export function isSameEvent(stored: AuditEvent, again: AuditEvent): boolean {
  return hashOf(gistOf(stored)) === hashOf(gistOf(again));
}

/**
 * The event that tells of a different one under a stored key (H1). Its own key is made of both, so that it is stored once.
 * @param event normalised
 */
export function conflictOf(event: AuditEvent, now: string): AuditEvent {
  const { incident, key, actor, stage, action, subject, result } = event;
  return {
    key: `conflict:${hashOf({ key, ...gistOf(event) })}`,
    level: 'CRITICAL',
    ...(incident === undefined ? {} : { incident }),
    actor: 'firebreak',
    stage: 'event',
    action: 'ledger.conflict',
    subject: key,
    reason: 'A different event is stored under this key.',
    detail: { actor, stage, action, subject, result: result ?? null },
    at: now,
  };
}
