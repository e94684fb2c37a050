/** Four task queues with slots of their own, so that slow evidence never starves containment (DESIGN §3). */
export const TASK_QUEUES = {
  flow: 'firebreak-flow',
  contain: 'firebreak-contain',
  evidence: 'firebreak-evidence',
  notify: 'firebreak-notify',
} as const;

export type QueueName = keyof typeof TASK_QUEUES;

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

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;
