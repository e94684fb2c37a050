import { NotingHostShell } from '../../../src/adapters/host-guard/noting-host-shell';
import { namingPrograms } from '../../../src/composition/naming-programs';
import { sha256Hex } from '../../../src/domain/hash';
import type { Host } from '../../../src/domain/host';
import { incidentId } from '../../../src/domain/ids';
import type { ActionResult } from '../../../src/domain/plan';
import type { HostScript, HostShell } from '../../../src/ports/host-shell';

const INCIDENT = incidentId('INC-20261120-7F3K');
const OTHER = incidentId('INC-20261120-8G4M');
const HOST = { name: 'web-1' } as Host;
const BLOCK: HostScript = { name: 'block', text: 'block\n' };
const READ: HostScript = { name: 'read', text: 'read\n' };

function world(keep: () => Promise<void> = () => Promise.resolve()) {
  const kept: string[] = [];
  const warned: string[] = [];
  const inner = { run: jest.fn().mockResolvedValue('ran'), stream: jest.fn(), close: jest.fn() };
  const keeper = {
    keep: (incident: string, { name }: HostScript) => {
      kept.push(`${incident} ${name}`);
      return keep();
    },
  };
  const log = { warn: (_: object, message: string) => void warned.push(message) };
  const shell = new NotingHostShell(inner as unknown as HostShell, keeper, log);
  const run = (script: HostScript) => shell.run(HOST, script, { timeoutMs: 1 });
  return { shell, kept, warned, run };
}

describe('programs that run on hosts are noted (E4)', () => {
  test('each text is kept once for each incident, whoever runs at the same time', async () => {
    const { shell, kept, run } = world();
    await Promise.all([
      shell.within(INCIDENT, async () => {
        await run(BLOCK);
        await run(BLOCK);
        await run(READ);
      }),
      shell.within(OTHER, () => run(BLOCK)),
      shell.within(undefined, () => run(READ)),
      run(READ),
    ]);
    expect(kept.sort()).toEqual([`${INCIDENT} block`, `${INCIDENT} read`, `${OTHER} block`]);
  });

  test('a text that cannot be kept neither fails nor delays the program, and is tried again', async () => {
    let giveUp: (reason: Error) => void = () => undefined;
    const { shell, kept, warned, run } = world(() => new Promise((_, reject) => (giveUp = reject)));
    expect(await shell.within(INCIDENT, () => run(BLOCK))).toBe('ran');
    giveUp(new Error('disk full'));
    await shell.close();
    expect(warned).toHaveLength(1);
    await shell.within(INCIDENT, () => run(BLOCK));
    expect(kept).toHaveLength(2);
  });

  test('the result of an act names what ran for it and nothing else', async () => {
    const { shell, run } = world();
    const act = async (): Promise<ActionResult> => {
      await run(BLOCK);
      await run(BLOCK);
      return {} as ActionResult;
    };
    const acts = namingPrograms(
      { containment: { kinds: [], perform: act }, lifter: {}, forced: {} } as unknown as Parameters<
        typeof namingPrograms
      >[0],
      shell,
    );
    const result = await shell.within(INCIDENT, async () => {
      await run(READ);
      return acts.containment.perform(HOST, {} as never, {} as never);
    });
    expect(result.programs).toEqual([sha256Hex(BLOCK.text)]);
  });
});
