import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { attachLab, labUp } from '../../../demo/lab/lab';
import { labDown, labsOf } from '../../../demo/lab/lab-down';
import { type LabRecord, readRecord } from '../../../demo/lab/lab-record';
import { runningLabsDirectory } from '../../../demo/lab/rootfs';
import { NO_TRACES, tracesOf, unlabelled } from './support/traces';

const log = () => undefined;
const hosts = [{ name: 'web-1', role: 'host' }] as const;

describe('lab down', () => {
  let temporary: string;
  let before: object;

  beforeAll(() => {
    temporary = mkdtempSync(join(tmpdir(), 'lab-down-test-'));
    process.env.TMPDIR = temporary;
    before = unlabelled(temporary);
  });
  afterEach(() => expect(unlabelled(temporary)).toEqual(before));
  afterAll(async () => {
    delete process.env.TMPDIR;
    rmSync(temporary, { recursive: true });
    for (const id of ['tdown1', 'tkill1', 'tkill2', 'tdeta1', 'tprov1', 'tlive1']) await labDown({ id, log });
  });

  it('removes all a lab is made of, and is harmless when repeated', async () => {
    const lab = await labUp({ id: 'tdown1', hosts, log });
    const record = recordOf('tdown1');
    const traces = tracesOf('tdown1', record.network);
    for (const found of Object.values(traces)) expect(found).not.toEqual([]);

    const session = await lab.attacker.hammer({
      sources: lab.attacker.addresses4(5),
      target: lab.hosts.get('web-1')!.serviceAddress,
      targetPort: 8080,
      perSecond: 50,
    });
    await lab.down();

    expect(tracesOf('tdown1', record.network)).toEqual(NO_TRACES);
    expectRemoved(record);
    await expect(session.stop()).resolves.toBeDefined();
    await expect(labDown({ id: 'tdown1', log })).resolves.toEqual({ labs: [], removed: [], remaining: [] });
  });

  it.each([
    ['while it boots', 'tkill1', /^Booting/],
    ['while it runs', 'tkill2', /^UP$/],
  ])('O1 removes the lab of a process killed by SIGKILL %s, and no lab whose process lives', async (_, id, moment) => {
    const live = await labUp({ id: 'tlive1', hosts, log });
    try {
      const owner = startOwner(id, 'attached', 'stay');
      await untilSays(owner, moment);
      const record = recordOf(id);
      owner.kill('SIGKILL');
      await once(owner, 'exit');

      const report = await labDown({ log });

      expect(report.remaining).toEqual([]);
      expect(report.labs).toContain(id);
      expect(report.labs).not.toContain('tlive1');
      expect(tracesOf(id, record.network)).toEqual(NO_TRACES);
      expectRemoved(record);
      await expect(live.hosts.get('web-1')!.exec('systemctl is-system-running')).resolves.toMatchObject({ code: 0 });
    } finally {
      await live.down();
    }
  });

  it('spares a detached lab, which another process can attach to, until it or its directory is named', async () => {
    const owner = startOwner('tdeta1', 'detached', '/srv/ours');
    await once(owner, 'exit');
    const record = recordOf('tdeta1');

    expect(labsOf('/srv/ours')).toEqual(['tdeta1']);
    expect((await labDown({ log })).labs).not.toContain('tdeta1');
    expect((await labDown({ log, directory: '/srv/theirs' })).labs).not.toContain('tdeta1');
    const lab = await attachLab('tdeta1');
    const host = lab.hosts.get('web-1')!;
    await expect(host.exec('hostname')).resolves.toMatchObject({ stdout: 'web-1\n' });
    const [source] = lab.attacker.addresses4(1);
    const probe = { sources: [source!], target: host.serviceAddress, targetPort: 8080 };
    await expect(lab.attacker.probe(probe)).resolves.toMatchObject({ unreached: [] });

    expect((await labDown({ log, directory: '/srv/ours' })).labs).toContain('tdeta1');
    expect(tracesOf('tdeta1', record.network)).toEqual(NO_TRACES);
    await expect(attachLab('tdeta1')).rejects.toMatchObject({ code: 'LAB_UNKNOWN' });
  });

  it('removes the disks of labs whose record a reboot of the machine has cleared', async () => {
    const stray = join(runningLabsDirectory(), 'tstray', 'web-1', 'changes');
    mkdirSync(stray, { recursive: true });
    await labDown({ id: 'tother', log });
    expect(existsSync(stray)).toBe(true);
    await labDown({ log });
    expect(existsSync(join(runningLabsDirectory(), 'tstray'))).toBe(false);
  });

  it('happens by itself when a lab fails on the way up', async () => {
    let record: LabRecord | undefined;
    const provision = () => {
      record = recordOf('tprov1');
      return 'echo the disk is on fire >&2; exit 3';
    };
    await expect(labUp({ id: 'tprov1', hosts, log, provision })).rejects.toMatchObject({
      code: 'LAB_PROVISION_FAILED',
      message: expect.stringContaining('the disk is on fire') as string,
    });
    expect(tracesOf('tprov1', record!.network)).toEqual(NO_TRACES);
  });
});

function startOwner(...args: readonly string[]): ChildProcessWithoutNullStreams {
  const [hook, program] = ['typescript-hook.cjs', 'lab-owner.ts'].map((name) => join(__dirname, 'support', name));
  const owner = spawn(process.execPath, ['--require', hook!, program!, ...args]);
  owner.stderr.pipe(process.stderr);
  return owner;
}

async function untilSays(owner: ChildProcessWithoutNullStreams, moment: RegExp): Promise<void> {
  for await (const line of createInterface({ input: owner.stdout })) if (moment.test(line)) return;
  throw new Error('The owner ended before that moment.');
}

function recordOf(id: string): LabRecord {
  const record = readRecord(id);
  if (record === undefined) throw new Error(`Lab ${id} is not written down.`);
  return record;
}

/** Some resources have no label of the lab in their names (container locks are named by inode). */
function expectRemoved(record: LabRecord): void {
  const paths = record.resources.flatMap((resource) => ('path' in resource ? [resource.path] : []));
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => existsSync(path))).toEqual([]);
}
