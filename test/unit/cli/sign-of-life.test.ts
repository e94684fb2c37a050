import type { CommandContext } from '../../../src/cli/context';
import { withSignOfLife } from '../../../src/cli/sign-of-life';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('B15 a command that waits says so', () => {
  const said: string[] = [];
  const context = { output: { say: (line: string) => said.push(line) } } as unknown as CommandContext;

  test.each(['answers', 'fails'])('every few seconds, until what it waits for %s', async (end) => {
    said.length = 0;
    let finish: () => void = () => undefined;
    const work = new Promise<string>((resolve, reject) => {
      finish = () => (end === 'answers' ? resolve('closed') : reject(new Error('no answer')));
    });
    const waiting = withSignOfLife(context, 'waiting until INC-1 is closed', work).catch(() => 'failed');
    await jest.advanceTimersByTimeAsync(2_000);
    expect(said).toEqual([]);
    await jest.advanceTimersByTimeAsync(8_000);
    expect(said).toEqual([3, 6, 9].map((seconds) => `waiting until INC-1 is closed: ${seconds} s so far`));
    finish();
    expect(await waiting).toBe(end === 'answers' ? 'closed' : 'failed');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(said).toHaveLength(3);
  });
});
