import type { PlannedAction } from './plan';

/** An act of a plan on one line, in English. */
export function actInWords(action: PlannedAction): string {
  switch (action.kind) {
    case 'block-sources':
      return `${action.host}: block ${action.sources.length} sources${action.direction === 'both' ? ', both directions' : ''}`;
    case 'disable-account':
      return `${action.host}: disable account ${action.account}, end its sessions`;
    case 'isolate-host':
      return `${action.host}: isolate, management stays open`;
    case 'isolate-segment':
      return `${action.host}: isolate segment ${action.segment}`;
    case 'emergency-access':
      return `${action.host}: emergency access ${action.account}`;
    case 'heighten-monitoring':
      return `${action.host}: heighten monitoring`;
  }
}
