import { upsertSearchAttributes } from '@temporalio/workflow';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import type { IncidentOrder } from '../../src/domain/incident';
import type { Outcome, Phase, Severity } from '../../src/domain/words';

const KEYS = {
  IncidentId: defineSearchAttributeKey('IncidentId', SearchAttributeType.KEYWORD),
  Phase: defineSearchAttributeKey('Phase', SearchAttributeType.KEYWORD),
  Outcome: defineSearchAttributeKey('Outcome', SearchAttributeType.KEYWORD),
  Severity: defineSearchAttributeKey('Severity', SearchAttributeType.KEYWORD),
  IncidentType: defineSearchAttributeKey('IncidentType', SearchAttributeType.KEYWORD_LIST),
  Host: defineSearchAttributeKey('Host', SearchAttributeType.KEYWORD_LIST),
  NeedsHuman: defineSearchAttributeKey('NeedsHuman', SearchAttributeType.BOOL),
} as const;

/** The attributes under which a run is found in the Temporal UI (DESIGN §3). */
export function setAttributes(values: {
  readonly order?: IncidentOrder;
  readonly Phase?: Phase;
  readonly Outcome?: Outcome;
  readonly Severity?: Severity;
  readonly NeedsHuman?: boolean;
}): void {
  const { order } = values;
  upsertSearchAttributes([
    ...(order === undefined
      ? []
      : [
          { key: KEYS.IncidentId, value: order.incident },
          { key: KEYS.IncidentType, value: [order.type] },
          { key: KEYS.Host, value: [...order.hosts].slice(0, 50) },
        ]),
    ...(values.Phase === undefined ? [] : [{ key: KEYS.Phase, value: values.Phase }]),
    ...(values.Outcome === undefined ? [] : [{ key: KEYS.Outcome, value: values.Outcome }]),
    ...(values.Severity === undefined ? [] : [{ key: KEYS.Severity, value: values.Severity }]),
    ...(values.NeedsHuman === undefined ? [] : [{ key: KEYS.NeedsHuman, value: values.NeedsHuman }]),
  ]);
}
