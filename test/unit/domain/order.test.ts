import { canonicalJson } from '../../../src/domain/hash';
import { incidentId } from '../../../src/domain/ids';
import type { IncidentOrder } from '../../../src/domain/incident';
import type { OrderAction } from '../../../src/domain/order';
import { OPERATOR_ROLES, ROLE_FOR, SIGNATURE_NAMESPACE, respondOrder } from '../../../src/domain/order';

const ORDER: IncidentOrder = {
  incident: incidentId('INC-20261120-7F3K'),
  type: 'intrusion',
  severity: 'critical',
  mode: 'isolate',
  trigger: 'operator',
  operator: 'mori',
  drill: false,
  documentSha256: 'a'.repeat(64),
  hosts: ['web-1'],
  limits: {},
  declaredAt: '2026-11-20T03:00:00.000Z',
};
const text = (order: IncidentOrder): string => canonicalJson(respondOrder(order));

describe('B15 what is signed', () => {
  test('spells out the order to respond', () => {
    expect(text(ORDER)).toBe(
      `{"action":"respond","declaredAt":"2026-11-20T03:00:00.000Z","documentSha256":"${'a'.repeat(64)}","drill":false,"hosts":["web-1"],"incidents":[{"incident":"INC-20261120-7F3K","type":"intrusion"}],"limits":{},"mode":"isolate","operatorAddress":"","reason":"","severity":"critical","trigger":"operator"}`,
    );
  });

  const changes: [string, Partial<IncidentOrder>][] = [
    ['incident', { incident: incidentId('INC-20261120-7F3M') }],
    ['type', { type: 'malware' }],
    ['severity', { severity: 'high' }],
    ['mode', { mode: 'block' }],
    ['trigger', { trigger: 'detector' }],
    ['drill', { drill: true }],
    ['hosts', { hosts: ['web-1', 'db-1'] }],
    ['moment of declaration', { declaredAt: '2026-11-21T03:00:00.000Z' }],
    ['document', { documentSha256: 'b'.repeat(64) }],
    ['reason', { reason: 'because' }],
    ['limits', { limits: { overallMs: 60_000 } }],
    ['operator’s address', { operatorAddress: '192.0.2.1' }],
    [
      'another incident of the group',
      {
        groupMembers: [
          { incident: incidentId('INC-20261120-7F3K'), type: 'intrusion' },
          { incident: incidentId('INC-20261120-7F3M'), type: 'ddos' },
        ],
      },
    ],
  ];
  test.each(changes)('changes with the %s', (_what, change) => {
    expect(text({ ...ORDER, ...change })).not.toBe(text(ORDER));
  });

  test('every order needs a role; approving is apart from asking, and nobody enrols without being admin', () => {
    const needed: Readonly<Record<OrderAction, string>> = ROLE_FOR;
    for (const role of Object.values(needed)) expect(OPERATOR_ROLES).toContain(role);
    expect([needed.respond, needed.approve, needed.reject, needed['operator-add']]).toEqual([
      'respond',
      'approve',
      'approve',
      'admin',
    ]);
    expect(Object.values(needed)).not.toContain('detector');
  });

  test('the namespace is the one that the documentation gives for ssh-keygen -Y sign', () => {
    expect(SIGNATURE_NAMESPACE).toBe('firebreak');
  });
});
