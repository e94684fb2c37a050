import { sampleResult } from '../../support/incident-samples';
import { forcedSteps } from '../../../workflows/lib/forced-steps';

const act = (
  kind: 'forced-isolation' | 'emergency-access',
  host: string,
  outcome: 'applied' | 'failed' = 'applied',
) => {
  const result = sampleResult({ id: `INC-20261120-7F3K:${kind}:${host}`, kind: 'block-sources', host });
  const counts = { applied: 0, already: 0, refused: 0, missing: 0, unknown: 0, failed: 0, [outcome]: 1 };
  return { ...result, kind, counts, rung: 'gateway' };
};
const seen = (...results: ReturnType<typeof act>[]) =>
  forcedSteps(results).map((step) =>
    'access' in step ? `${'host' in step ? String(step.host) : ''} ${String(step.access)}` : step.fact,
  );

describe('C6 how people get to a host that is cut off by force', () => {
  test('through emergency access only where that host has it', () => {
    expect(seen(act('forced-isolation', 'web-1'))).toEqual(['web-1 false']);
    expect(seen(act('emergency-access', 'web-1'), act('forced-isolation', 'web-1'))).toEqual(['web-1 true']);
    expect(seen(act('emergency-access', 'db-1'), act('forced-isolation', 'web-1'))).toEqual(['web-1 false']);
    expect(seen(act('emergency-access', 'web-1', 'failed'), act('forced-isolation', 'web-1'))).toEqual(['web-1 false']);
  });

  test('a host that is not cut off is none of them', () => {
    expect(seen(act('forced-isolation', 'web-1', 'failed'), act('emergency-access', 'web-1'))).toEqual([]);
  });
});
