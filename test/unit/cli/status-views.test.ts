import { notificationLines, timelineLines, toldLines } from '../../../src/cli/status-views';
import type { Delivery } from '../../../src/domain/notice';
import type { IncidentStatus } from '../../../src/operations/status';

const delivery = (person: string, state: Delivery['state'], at: string, kind: Delivery['kind'] = 'start'): Delivery =>
  ({
    id: `INC-20261130-AAAA:${kind}:${person}:mail`,
    incident: 'INC-20261130-AAAA',
    kind,
    person,
    channel: 'mail',
    state,
    attempts: 1,
    possibleDouble: false,
    at: `2026-11-30T00:0${at}:00Z`,
  }) as Delivery;

const told = (deliveries: readonly Delivery[], acknowledgedBy: readonly string[] = []) =>
  toldLines({ deliveries, row: { acknowledgedBy } as IncidentStatus['row'] }, 'UTC');

test('N6 how many of how many were told, the last message, and that nobody has acknowledged', () => {
  const deliveries = [
    delivery('sato', 'delivered', '1'),
    delivery('sato', 'delivered', '4', 'escalation'),
    delivery('meyer', 'delivered', '2'),
  ];
  expect(told(deliveries)).toEqual([
    'told 2 of 2 people, last of escalation 2026-11-30 00:04:00 UTC; nobody has acknowledged',
  ]);
  expect(told(deliveries, ['mori'])[0]).toMatch(/; acknowledged by mori$/);
});

test('N6 who was not reached by any means is named', () => {
  const deliveries = [delivery('sato', 'failed', '1'), delivery('meyer', 'delivered', '2')];
  expect(told(deliveries)).toEqual([expect.stringContaining('told 1 of 2 people'), 'NOT REACHED: sato']);
  expect(told([])).toEqual([]);
});

test('every message and every event has its line, in the order of time', () => {
  const deliveries = [delivery('sato', 'failed', '5', 'completion'), delivery('meyer', 'delivered', '2')];
  const lines = notificationLines({ deliveries }, 'UTC');
  expect(lines.slice(1).map((line) => line.split(/ {2,}/)[1])).toEqual(['meyer', 'sato']);
  const timeline = [
    {
      at: '2026-11-30T00:02:00Z',
      phase: 'containing',
      kind: 'failure',
      fact: { fact: 'controls-hold', host: 'web-1' },
    },
    { at: '2026-11-30T00:01:00Z', phase: 'containing', kind: 'step', fact: { fact: 'controls-hold', host: 'db-1' } },
  ] as IncidentStatus['timeline'];
  const [first, second] = timelineLines({ timeline }, 'UTC');
  expect(first).toMatch(/00:01:00 UTC {2}step .*db-1/);
  expect(second).toMatch(/00:02:00 UTC {2}failure .*web-1/);
});
