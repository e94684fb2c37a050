import { callOf, PlacedCalls } from '../../../../src/adapters/twilio/placed-calls';

const at = (ms: number, sid: string) => ({ sid, dateCreated: new Date(ms) });
const T = 1_700_000_000_000;

test('B10 a request without an answer owns the only call of its time', () => {
  const trace = { state: 'unanswered', from: T, until: T + 1_000 } as const;
  expect(callOf(trace, [at(T + 500, 'CA1'), at(T - 600_000, 'CA0')])?.sid).toBe('CA1');
  expect(callOf(trace, [])).toBeUndefined();
});

test('B10 of two calls of that time none is taken', () => {
  const trace = { state: 'unanswered', from: T, until: T + 1_000 } as const;
  expect(callOf(trace, [at(T + 500, 'CA1'), at(T + 600, 'CA2')])).toBeUndefined();
});

test('B10 calls of other messages are not unclaimed', () => {
  const placed = new PlacedCalls();
  placed.placed('other', 'CA1');
  placed.ended('other');
  expect(placed.unclaimed([at(T, 'CA1'), at(T, 'CA2')]).map((call) => call.sid)).toEqual(['CA2']);
});

test('B10 only a process that saw every earlier attempt knows that nothing is open', () => {
  const placed = new PlacedCalls();
  expect(placed.sawAllBefore('m', 2)).toBe(false);
  placed.attempting('m');
  expect(placed.sawAllBefore('m', 2)).toBe(true);
  expect(placed.sawAllBefore('m', 3)).toBe(false);
});
