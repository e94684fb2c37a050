import type { IncidentId } from '../domain/ids';
import type { ActContext } from '../ports/containment';

/** Stands where an incident is asked for and there is none. */
export const NO_INCIDENT = 'INC-00000000-2222' as IncidentId;

/** For a look at a host that belongs to no incident. */
export function lookingOnly(signal: AbortSignal): ActContext {
  return { incident: NO_INCIDENT, signal, attempt: 1, onProgress: () => undefined };
}
