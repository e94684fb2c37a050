import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { isIncidentId } from '../domain/ids';
import { loggingFor } from '../observability/logger';
import type { IncidentScope } from '../ports/host-programs';

/**
 * Programs that run on hosts, and lines of the log, are told of the incident that an activity is about. Every activity takes the id so;
 * whether it may do anything for that incident is for the activity to judge.
 */
export function aboutIncident(scope: IncidentScope): ActivityInboundCallsInterceptor {
  return {
    execute: (input, next) => {
      const [given] = input.args as readonly ({ readonly incident?: unknown } | null | undefined)[];
      const named = given?.incident;
      const incident = typeof named === 'string' && isIncidentId(named) ? named : undefined;
      return loggingFor(incident, () => scope.within(incident, () => next(input)));
    },
  };
}
