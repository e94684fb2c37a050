import { setTimeout as sleep } from 'node:timers/promises';
import { withinTime } from '../../../../src/adapters/channel/time-limit';
import { FirebreakError } from '../../../../src/domain/errors';

const hang = (signal: AbortSignal) => sleep(60_000, undefined, { signal });

test('N2 work that takes too long ends as CHANNEL_TIMEOUT', async () => {
  const work = withinTime(20, new AbortController().signal, 'Mail', hang);
  await expect(work).rejects.toMatchObject({ code: 'CHANNEL_TIMEOUT' });
});

test('an abort rejects with its reason, before and during the work', async () => {
  const reason = new Error('cancelled by Temporal');
  const abort = new AbortController();
  const work = withinTime(5_000, abort.signal, 'Mail', hang);
  abort.abort(reason);
  await expect(work).rejects.toBe(reason);
  const act = jest.fn(hang);
  await expect(withinTime(5_000, abort.signal, 'Mail', act)).rejects.toBe(reason);
  expect(act).not.toHaveBeenCalled();
});

test('results and other errors pass through', async () => {
  const { signal } = new AbortController();
  const refused = new FirebreakError('CHANNEL_REFUSED');
  expect(await withinTime(1_000, signal, 'Mail', () => Promise.resolve(7))).toBe(7);
  await expect(withinTime(1_000, signal, 'Mail', () => Promise.reject(refused))).rejects.toBe(refused);
});
