import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordConfiguration } from '../../../src/composition/configuration-record';
import { loadConfig } from '../../../src/config/load';
import type { AuditEvent, AuditPosition } from '../../../src/domain/ledger';

let directory = '';
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'firebreak-config-'))));
afterAll(() => rmSync(directory, { recursive: true }));

const WEB = 'web-1: { address: 192.0.2.10, management: [192.0.2.0/28] }';
const DB = 'db-1: { address: 192.0.2.11, management: [192.0.2.0/28] }';

function machine(name = 'ops-1') {
  const events: (AuditEvent & AuditPosition)[] = [];
  const ledger = {
    append: (appended: readonly AuditEvent[]) => {
      for (const event of appended)
        if (!events.some(({ key }) => key === event.key)) events.push({ ...event, seq: events.length + 1, hash: '' });
      return Promise.resolve();
    },
    events: () => Promise.resolve([...events]),
  };
  const start = async (yaml: string, flags: Record<string, unknown> = {}, on = name) => {
    const file = join(directory, 'firebreak.yaml');
    writeFileSync(file, yaml);
    await recordConfiguration(
      ledger as unknown as Parameters<typeof recordConfiguration>[0],
      loadConfig({ file, env: {}, flags }),
      on,
      new Date('2026-11-20T03:00:00.000Z'),
    );
  };
  return { events, start, results: () => events.map(({ result }) => result) };
}

describe('L1 the configuration that workers act by is on record', () => {
  test('an edit by hand is, whoever made it and by what: the sections that are others', async () => {
    const { start, results, events } = machine();
    await start(`hosts: { ${WEB} }`);
    await start(`hosts: { ${WEB}, ${DB} }`);
    await start(`hosts: { ${WEB.replace('.10', '.12')}, ${DB} }\ntimeZone: Asia/Tokyo`);
    expect(results()).toEqual(['first', 'changed: hosts', 'changed: hosts, timeZone']);
    expect(events[0]).toMatchObject({
      ...{ level: 'AUDIT', actor: 'firebreak', action: 'config.in-force' },
      subject: expect.stringMatching(/^ops-1: \/.*firebreak\.yaml$/) as string,
    });
  });

  test('a section that is gone, and one that comes back, are changes', async () => {
    const { start, results } = machine();
    const labelled = 'protected: [{ address: 192.0.2.1, label: gateway }]';
    for (const yaml of [labelled, '{}', labelled]) await start(yaml);
    expect(results()).toEqual(['first', 'changed: protected', 'changed: protected']);
  });

  test('nothing is written where nothing has changed, and workers that start together write one event', async () => {
    const { start, results } = machine();
    await start(`hosts: { ${WEB} }`);
    await start(`# the same\nhosts:\n  ${WEB}\n`);
    await start(`hosts: { ${WEB} }`, { 'temporal.queues': ['evidence'] });
    expect(results()).toEqual(['first']);
  });

  test('each machine is compared with itself', async () => {
    const { start, results } = machine();
    await start(`hosts: { ${WEB} }`);
    await start(`hosts: { ${DB} }`, {}, 'evidence-1');
    await start(`hosts: { ${WEB} }`);
    expect(results()).toEqual(['first', 'first']);
  });

  test('nothing of what it says is written', async () => {
    const { start, events } = machine();
    const url = 'postgres://firebreak:hunter2-hunter2@127.0.0.1:5432/firebreak';
    await start(`hosts: { ${WEB} }\ndatabase: { url: "${url}" }`);
    expect(JSON.stringify(events)).not.toMatch(/hunter2|192\.0\.2|web-1/);
  });
});
