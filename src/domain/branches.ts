/**
 * Every branch of the flow (B2, B5–B9, B13–B15). A recorded history of each is a replay fixture in
 * `test/replay/histories`; a test compares that list with this one.
 */
export const BRANCHES = [
  'normal-block',
  'normal-isolate',
  'monitor-only',
  'unknown-type-classified',
  'unknown-type-silence',
  'contradictory-type',
  'approval-given',
  'approval-silence',
  'control-failed-forced-isolation',
  'forced-isolation-failed',
  'logs-failed-alternative',
  'logs-failed-altogether',
  'notification-failed',
  'seal-failed',
  'tighten-failed',
  'report-failed',
  'deadline-passed',
  'unexpected-error-second-try',
  'unexpected-error-twice',
  'stand-down',
  'take-over',
  'escalate',
  'release',
  'address-let-go',
  'unauthorised-start',
  'unauthorised-update',
  'cancelled',
  'watch-drift',
  'drill',
] as const;

export type Branch = (typeof BRANCHES)[number];
