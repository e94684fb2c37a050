import { blockLines } from '../../../src/cli/block-lines';
import type { ControlRow } from '../../../src/ports/repositories';
import { actionId } from '../../../src/domain/ids';
import type { IncidentId } from '../../../src/domain/ids';

const NOW = new Date('2026-11-30T00:00:00Z');
const row = (host: string, target: string, more: Partial<ControlRow> = {}): ControlRow => {
  const incident = (more.incident ?? 'INC-20261130-AAAA') as IncidentId;
  const kind = more.kind ?? 'block-sources';
  return {
    incident,
    action: actionId(incident, kind, host),
    host,
    kind,
    target,
    state: 'active',
    since: NOW.toISOString(),
    expiresAt: '2026-11-30T04:00:00Z',
    endedAt: null,
    noticedAt: null,
    machine: null,
    rung: 'nftables',
    ...more,
  };
};
const cells = (lines: readonly string[]): string[][] => lines.map((line) => line.split(/ {2,}/));

test('U2 what one act holds is one line, with how many', () => {
  const rows = ['198.51.100.10', '198.51.100.2'].map((target) => row('web-1', target));
  expect(cells(blockLines([...rows, row('web-1', 'deploy', { kind: 'disable-account' })], NOW, false))).toEqual([
    ['HOST', 'KIND', 'TARGET', 'INCIDENT', 'RUNG', 'LEFT'],
    ['web-1', 'block-sources', '2 addresses', 'INC-20261130-AAAA', 'nftables', '4h 00m'],
    ['web-1', 'disable-account', 'deploy', 'INC-20261130-AAAA', 'nftables', '4h 00m'],
  ]);
});

test('U2 each address is a line of its own when asked for, in the order of its numbers', () => {
  const targets = ['198.51.100.10', '198.51.100.2', '198.51.100.1'];
  const rows = targets.map((target) => row('web-1', target));
  expect(cells(blockLines(rows, NOW, true)).map(([, , target]) => target)).toEqual([
    'TARGET',
    '198.51.100.1',
    '198.51.100.2',
    '198.51.100.10',
  ]);
});

test('U2 hosts, incidents and ends are kept apart', () => {
  const rows = [
    row('web-2', '198.51.100.1'),
    row('web-10', '198.51.100.1'),
    row('web-2', '198.51.100.2', { expiresAt: '2026-11-30T01:00:00Z' }),
    row('web-2', '198.51.100.1', { incident: 'INC-20261130-BBBB' as IncidentId }),
  ];
  expect(
    cells(blockLines(rows, NOW, false))
      .slice(1)
      .map(([host, , target, incident]) => [host, target, incident]),
  ).toEqual([
    ['web-2', '198.51.100.2', 'INC-20261130-AAAA'],
    ['web-2', '198.51.100.1', 'INC-20261130-AAAA'],
    ['web-2', '198.51.100.1', 'INC-20261130-BBBB'],
    ['web-10', '198.51.100.1', 'INC-20261130-AAAA'],
  ]);
});

test('U2 nothing is said to be nothing', () => expect(blockLines([], NOW, false)).toEqual(['nothing is in force']));
