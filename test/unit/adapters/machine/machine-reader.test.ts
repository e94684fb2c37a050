import { READ_MACHINE, SshMachineReader } from '../../../../src/adapters/machine/machine-reader';
import type { ActionId } from '../../../../src/domain/ids';
import type { HostRunOptions, HostShell } from '../../../../src/ports/host-shell';
import { sampleHost } from '../../../support/sample-host';

const act = (number: number): ActionId => `INC-20261120-7F3K:block-sources:web-${number}` as ActionId;
const ID = 'a'.repeat(64);
const signal = new AbortController().signal;

/** A host that says these lines, whatever it is asked. */
function saying(...lines: readonly string[]) {
  const asked: string[] = [];
  const shell = {
    run: (_host: unknown, script: unknown, { input }: HostRunOptions) => {
      expect(script).toBe(READ_MACHINE);
      asked.push(String(input));
      return Promise.resolve({ code: 0, stderr: '', lines: [...lines, 'end'] });
    },
    fingerprint: () => 'SHA256:pinned',
  } as unknown as HostShell;
  return { asked, reader: new SshMachineReader(shell) };
}

describe('what a host says of its machine', () => {
  test('its id and the acts that were carried out there, with the key that was verified', async () => {
    const { reader, asked } = saying(`machine ${ID}`, `journal ${act(2)}`);
    expect(await reader.look(sampleHost('web-1'), [act(1), act(2)], { signal })).toEqual({
      hostKey: 'SHA256:pinned',
      id: ID,
      journals: new Set([act(2)]),
    });
    expect(asked).toEqual([`actions ${act(1)},${act(2)}\n\n`]);
  });

  test.each([[[]], [['machine']], [[`machine ${ID}0`]], [['machine $(id)']], [[`machine ${ID.toUpperCase()}`]]])(
    'no id is taken from %j',
    async (lines) => {
      expect(await saying(...lines).reader.look(sampleHost('web-1'), [], { signal })).toMatchObject({ id: null });
    },
  );

  test('acts that nobody asked about are left out', async () => {
    const { reader } = saying(`journal ${act(2)}`, 'journal x');
    expect((await reader.look(sampleHost('web-1'), [act(1)], { signal })).journals).toEqual(new Set());
  });

  test('many acts are asked about in parts that fit into one value', async () => {
    const { reader, asked } = saying(`machine ${ID}`);
    const many = Array.from({ length: 90 }, (_, number) => act(number));
    await reader.look(sampleHost('web-1'), many, { signal });
    expect(asked.flatMap((input) => input.trim().slice('actions '.length).split(','))).toEqual(many);
    expect(Math.max(...asked.map((input) => input.length))).toBeLessThan(8_192);
  });
});
