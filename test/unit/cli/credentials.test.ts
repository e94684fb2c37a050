import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandContext, credentialsOf } from '../../../src/cli/context';

let directory: string;
let identity: string;
const context = {
  loaded: () => ({ file: undefined }),
  output: { say: () => undefined },
  firebreak: () =>
    Promise.resolve({
      operations: { operators: { list: () => Promise.resolve([{ name: 'alice' }, { name: 'ids-1' }]) } },
    }),
} as unknown as CommandContext;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'firebreak-test-credentials-'));
  identity = join(directory, 'key');
  writeFileSync(identity, '');
});
afterAll(() => rmSync(directory, { recursive: true }));

// Jest gives its workers no terminal.
describe('B15 a person’s code', () => {
  test('B15 without a terminal it must be given: bad input before anything is declared', async () => {
    const asking = credentialsOf(context, { operator: 'alice', identity });
    await expect(asking).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('--otp') as string,
    });
  });

  test('B15 a detector has none, and a code that is given is taken', async () => {
    const detector = await credentialsOf(context, { operator: 'ids-1', identity, detector: true });
    const person = await credentialsOf(context, { operator: 'alice', identity, otp: '123456' });
    expect([detector.otp, person.otp]).toEqual([undefined, '123456']);
  });
});
