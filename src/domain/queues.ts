/** Four task queues with slots of their own, so that slow evidence never starves containment (DESIGN §3). */
export const TASK_QUEUES = {
  flow: 'firebreak-flow',
  contain: 'firebreak-contain',
  evidence: 'firebreak-evidence',
  notify: 'firebreak-notify',
} as const;

export type QueueName = keyof typeof TASK_QUEUES;

export const QUEUE_NAMES = ['flow', 'contain', 'evidence', 'notify'] as const satisfies readonly QueueName[];

/** Registered search attributes; set by workflows, shown in the Temporal UI. Never secret. */
export const SEARCH_ATTRIBUTES = {
  IncidentId: 'Keyword',
  Phase: 'Keyword',
  Outcome: 'Keyword',
  Severity: 'Keyword',
  IncidentType: 'KeywordList',
  Host: 'KeywordList',
  NeedsHuman: 'Bool',
} as const;

/**
 * Those whose texts stay readable when payloads are encrypted, because they are ids and words of closed sets. Any other text is
 * hidden (`workflows/encrypted/search-attributes.ts`).
 */
export const OPEN_SEARCH_ATTRIBUTES: readonly string[] = [
  'IncidentId',
  'Phase',
  'Outcome',
  'Severity',
  'IncidentType',
] satisfies (keyof typeof SEARCH_ATTRIBUTES)[];

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;
