import { resultValue } from '../../../src/cli/fact-values';
import { NO_OUTCOMES, remarked, targetBecause, type ActionResult } from '../../../src/domain/plan';

test('U3 a result for programs has every fact with its English sentence', () => {
  const result = {
    counts: { ...NO_OUTCOMES, failed: 1 },
    exceptions: [targetBecause('192.0.2.7', 'failed', ['family-tools'], [{ fact: 'tool-said', words: 'no chain' }])],
    ...remarked([{ fact: 'no-gateway' }]),
  } as unknown as ActionResult;
  expect(resultValue(result)).toMatchObject({
    notes: ['the inventory names no gateway for this host'],
    remarks: [{ fact: 'no-gateway', text: 'the inventory names no gateway for this host' }],
    exceptions: [{ why: ['family-tools'], also: [{ fact: 'tool-said', words: 'no chain', text: '“no chain”' }] }],
  });
  expect(resultValue({ ...result, exceptions: [], remarks: undefined } as never)).not.toHaveProperty('remarks');
});
