import { assess } from '../../../src/domain/assessment';
import type { Host } from '../../../src/domain/host';
import { hashOf } from '../../../src/domain/hash';
import { incidentId } from '../../../src/domain/ids';
import type { ActionKind, ResponsePlan } from '../../../src/domain/plan';
import type { PlanningInput } from '../../../src/domain/planning';
import { planResponse } from '../../../src/domain/planning';
import { DEFAULT_POLICY, policyCells } from '../../../src/domain/policy';
import { protectedSet } from '../../../src/domain/protection';
import type { ResponseMode, Severity } from '../../../src/domain/words';
import { RESPONSE_MODES } from '../../../src/domain/words';
import type { Wish } from './planning-world';
import { HOSTS, DOCUMENT, NOTHING_ELSE, input, plan, kinds, one } from './planning-world';
import { sampleHost } from '../../support/sample-host';

describe('B4 a plan follows its cell', () => {
  test.each(policyCells(DEFAULT_POLICY))('$type $severity $mode', ({ type, severity, mode, row }) => {
    const made = plan({ type, severity, mode });
    const has = (kind: ActionKind): boolean => kinds(made).includes(kind);
    expect({
      block: has('block-sources'),
      accounts: has('disable-account'),
      hosts: has('isolate-host'),
      segments: has('isolate-segment'),
      emergency: has('emergency-access'),
    }).toEqual({
      block: row.block !== 'none',
      accounts: row.accounts !== 'none',
      hosts: row.isolate !== 'none',
      segments: row.isolate === 'hosts-and-segments',
      emergency: row.emergencyAccess,
    });
    if (row.block !== 'none') expect(one(made, 'block-sources', 'db-1').direction).toBe(row.block);
    expect(kinds(made).filter((kind) => kind === 'heighten-monitoring')).toHaveLength(2);
    const end = Date.parse('2026-11-20T03:00:00.000Z') + 1_000 * row.ttlSeconds;
    for (const action of made.actions) expect(Date.parse(action.expiresAt)).toBe(end);
  });

  const containing = policyCells(DEFAULT_POLICY).filter(({ mode }) => mode !== 'monitor');
  test.each(containing)(
    'B4 $type $severity $mode: what was named is acted on or refused by name',
    ({ type, severity, mode }) => {
      const { actions, refused } = planResponse(input({ type, severity, mode }));
      const left = (target: string) => refused.filter((one) => one.target === target && one.reason === 'out-of-mode');
      const kinds = new Set(actions.map(({ kind }) => kind));
      for (const account of ['deploy', 'backup'])
        expect(left(account)).toHaveLength(kinds.has('disable-account') ? 0 : 1);
      expect(left('dmz')).toHaveLength(kinds.has('isolate-segment') ? 0 : 1);
      for (const name of ['web-1', 'db-1'])
        expect(left(name)).toHaveLength(kinds.has('isolate-host') || mode === 'block' ? 0 : 1);
    },
  );

  test('B4 a policy of one’s own that blocks nothing refuses the sources by name', () => {
    const cell = { ...DEFAULT_POLICY.intrusion.high.isolate, block: 'none' } as const;
    const high = { ...DEFAULT_POLICY.intrusion.high, isolate: cell };
    const policy = { ...DEFAULT_POLICY, intrusion: { ...DEFAULT_POLICY.intrusion, high } };
    const { refused } = planResponse(input({ severity: 'high', input: { policy } }));
    expect(refused.filter(({ reason }) => reason === 'out-of-mode').map(({ target }) => target)).toEqual([
      ...DOCUMENT.sources,
      'dmz',
    ]);
    expect(refused[0]?.detail).toEqual({
      fact: 'left-out-by-policy',
      what: 'block',
      type: 'intrusion',
      severity: 'high',
      mode: 'isolate',
    });
  });

  test('B4 where everything is only watched nothing is refused by name: the outcome says it', () => {
    expect(planResponse(input({ mode: 'monitor' })).refused).toEqual([]);
  });

  test('acts on a host in the order: emergency access, sources, accounts, isolation', () => {
    expect(kinds(plan(), 'db-1').slice(0, 5)).toEqual([
      'emergency-access',
      'block-sources',
      'disable-account',
      'disable-account',
      'isolate-host',
    ]);
  });

  test('every act has an id of its own, and doubled hosts, accounts and segments are one', () => {
    const doubled = plan({
      order: { hosts: ['web-1', 'db-1', 'web-1'] },
      document: { accounts: [...DOCUMENT.accounts, { name: 'deploy' }], segments: ['dmz', 'dmz'] },
    });
    const ids = doubled.actions.map((action) => action.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(plan().actions.map((action) => action.id));
  });

  test('critical disables accounts on every host, high where they are named', () => {
    const accounts = (severity: Severity): string[] =>
      plan({ severity }).actions.flatMap((a) => (a.kind === 'disable-account' ? [`${a.account}@${a.host}`] : []));
    expect(accounts('critical')).toEqual(['backup@web-1', 'deploy@web-1', 'backup@db-1', 'deploy@db-1']);
    expect(accounts('high')).toEqual(['deploy@web-1', 'backup@db-1', 'deploy@db-1']);
  });

  test('critical and only monitored by order is a deviation with its reason', () => {
    expect(plan({ mode: 'monitor', order: { reason: 'honeypot' } }).deviations).toEqual([
      { fact: 'only-monitored', ordered: true, reason: 'honeypot' },
    ]);
    expect(plan({ mode: 'monitor', severity: 'high' }).deviations).toEqual([]);
  });

  test('B2 an unclassified incident contains nothing, watches, and says so', () => {
    const made = plan({ type: 'unknown' });
    expect(new Set(kinds(made))).toEqual(new Set(['heighten-monitoring']));
    expect(made.deviations).toEqual([{ fact: 'not-classified' }]);
  });

  test('an isolated segment is cut off at its gateway, with the gateway’s guards', () => {
    const act = one(plan(), 'isolate-segment', 'gw-1');
    expect(act).toMatchObject({ segment: 'dmz', prefixes: ['198.51.100.0/24'], management: ['192.0.2.0/28'] });
  });
});

describe('B1 B5 targets are refused one by one, and the rest proceeds', () => {
  const refusals = (wish: Wish): string[] =>
    plan(wish).refused.map(({ target, host: on, reason }) => `${target}${on === undefined ? '' : `@${on}`}: ${reason}`);

  test('sources', () => {
    const sources = ['0.0.0.0/0', '192.0.2.5', '::1', 'nonsense', '203.0.113.9'];
    const made = plan({ document: { sources } });
    expect(made.refused.map((refused) => refused.reason)).toEqual([
      'too-wide',
      'protected',
      'protected',
      'not-an-address',
    ]);
    expect(one(made, 'block-sources', 'db-1').sources).toEqual(['203.0.113.9']);
  });

  test('hosts, segments and accounts', () => {
    expect(
      refusals({
        document: {
          hosts: ['web-1', 'nowhere'],
          segments: ['dmz', 'moon'],
          accounts: [{ name: 'root' }, { name: 'firebreak' }, { name: 'fb-emergency' }, { name: 'deploy' }],
        },
      }),
    ).toEqual([
      'nowhere: unknown-host',
      'fb-emergency@web-1: own-account',
      'firebreak@web-1: own-account',
      'root@web-1: root-account',
      'moon: unknown-segment',
    ]);
  });

  test('an account that cannot be acted on is refused alone', () => {
    const made = plan({
      document: { hosts: ['web-1'], accounts: [{ name: '1000' }, { name: 'svc$' }, { name: 'Deploy' }] },
    });
    expect(made.refused.map(({ target, reason }) => `${target}: ${reason}`)).toEqual([
      '1000: not-an-account',
      'svc$: not-an-account',
    ]);
    expect(one(made, 'disable-account', 'web-1').account).toBe('Deploy');
  });

  test('an account named on a host that is not part of the response is not dropped without a word', () => {
    const accounts = [{ name: 'deploy', host: 'far-1' }, { name: 'deploy' }];
    expect(refusals({ severity: 'high', document: { accounts, segments: [] } })).toEqual([
      'deploy@far-1: unknown-host',
    ]);
  });

  test('a host that must stay up is not isolated and gets no emergency access, but its sources are blocked', () => {
    const made = plan({ document: { hosts: ['pay-1'] } });
    expect(kinds(made, 'pay-1')).toEqual([
      'block-sources',
      'disable-account',
      'disable-account',
      'heighten-monitoring',
    ]);
    expect(made.refused).toEqual([expect.objectContaining({ target: 'pay-1', reason: 'isolation-never' })]);
  });

  const inDmz = (isolation: Host['isolation']): Partial<PlanningInput> => ({
    inventory: new Map(
      [...HOSTS, sampleHost('shop-1', { segments: ['dmz'], isolation })].map((known) => [known.name, known]),
    ),
  });

  test('a segment is not cut off when a host in it must stay up, named in the incident or not', () => {
    const made = plan({ input: inDmz('never') });
    expect(kinds(made)).not.toContain('isolate-segment');
    expect(made.refused).toEqual([
      expect.objectContaining({
        target: 'dmz',
        reason: 'isolation-never',
        detail: { fact: 'host-inside', host: 'shop-1' },
      }),
    ]);
  });

  test('N5 and waits for approval when a host in it asks for that', () => {
    expect(one(plan({ input: inDmz('approval') }), 'isolate-segment', 'gw-1').approval).toBe('required');
    expect(one(plan({ input: inDmz('allowed') }), 'isolate-segment', 'gw-1').approval).toBe('none');
  });

  test('nothing left to block plans no block', () => {
    expect(kinds(plan({ mode: 'block', document: { sources: ['::1'] } }))).not.toContain('block-sources');
  });

  test('the protected set goes with each block, so that the host enforces it too', () => {
    const { protect } = one(plan(), 'block-sources', 'db-1');
    expect(protect).toEqual(expect.arrayContaining(['192.0.2.0/24', '127.0.0.0/8', '::1']));
  });
});

describe('N5 approval', () => {
  const waiting = (of: ResponsePlan): string[] =>
    of.actions.filter((a) => a.approval === 'required').map((a) => `${a.kind}@${a.host}`);

  test('isolating a host that asks for it waits; blocking on it does not', () => {
    expect(waiting(plan())).toEqual(['emergency-access@web-1', 'isolate-host@web-1']);
  });

  test('B15 a detector that may only propose waits with everything but watching', () => {
    const made = plan({
      order: { trigger: 'detector' },
      document: { confidence: 0.5 },
      input: { detectorMaximum: 'propose' },
    });
    expect(kinds(made).filter((kind) => kind !== 'heighten-monitoring')).toHaveLength(waiting(made).length);
    expect(waiting(made).length).toBeGreaterThan(0);
  });
});

describe('B5 B15 unattended triggers', () => {
  const sure = {
    hosts: ['db-1'],
    segments: [],
    indicators: [{ kind: 'lateral-movement', value: '-', count: 1 }],
  } as const;
  const detector = (maximum: PlanningInput['detectorMaximum'], mode: ResponseMode): ResponsePlan =>
    plan({ mode, document: sure, order: { trigger: 'detector' }, input: { detectorMaximum: maximum } });

  test('H6 its isolation makes no emergency account: hosts make one by a person’s signature only', () => {
    const made = detector('isolate', 'isolate');
    expect(kinds(made)).toContain('isolate-host');
    expect(kinds(made)).not.toContain('emergency-access');
    expect(made.deviations).toContainEqual({ fact: 'no-emergency-access', host: 'db-1', why: 'detector' });
  });

  test.each(RESPONSE_MODES)('a sure detector’s %s is held to each maximum', (mode) => {
    const upwards = ['monitor', 'block', 'isolate'] as const;
    const reached = upwards.map((maximum) => detector(maximum, mode).mode);
    expect(reached).toEqual(upwards.map((maximum, n) => (n < upwards.indexOf(mode) ? maximum : mode)));
  });

  test('doubt lowers it one step and is a deviation; a person’s order stands', () => {
    const doubtful: Wish = { document: { confidence: 0.2 } };
    const unattended = plan({ ...doubtful, order: { trigger: 'detector' } });
    expect(unattended.mode).toBe('block');
    expect(unattended.deviations).toContainEqual({ fact: 'doubt-lowers', from: 'isolate', to: 'block' });
    expect(plan(doubtful)).toMatchObject({ mode: 'isolate', deviations: [] });
  });

  test('evidence that is worse than what was stated does not lower the response', () => {
    const base = input({ document: sure, order: { trigger: 'detector' } });
    const assessment = assess({ type: 'intrusion', severity: 'medium' }, base.document);
    expect(assessment.contradictions).toHaveLength(1);
    expect(planResponse({ ...base, assessment }).mode).toBe('isolate');
  });

  test('lowered to watching, a critical incident is not said to be watched by order', () => {
    const made = plan({ mode: 'block', document: { confidence: 0.2 }, order: { trigger: 'detector' } });
    expect(made.deviations).toContainEqual({ fact: 'only-monitored', ordered: false });
  });
});

describe('C8 emergency access', () => {
  test('is good from the management prefixes when nothing else is said', () => {
    expect(one(plan(), 'emergency-access', 'db-1').from).toEqual(['192.0.2.0/28']);
  });

  test('that is not configured is a deviation on each host', () => {
    const made = plan({ input: { emergency: undefined } });
    expect(kinds(made)).not.toContain('emergency-access');
    const deviations = ['web-1', 'db-1'].map((host) => ({
      fact: 'no-emergency-access',
      host,
      why: 'not-configured',
    }));
    expect(made.deviations).toEqual(deviations);
  });
});

describe('B4 plan hash', () => {
  test('is the hash of the plan without it, and the same for the same input', () => {
    const { planHash, ...body } = plan();
    expect(planHash).toMatch(/^[0-9a-f]{64}$/);
    expect(planHash).toBe(hashOf(body));
    expect(plan().planHash).toBe(planHash);
  });

  test('does not depend on the order in which sources and accounts were reported', () => {
    const reversed = { sources: [...DOCUMENT.sources].reverse(), accounts: [...DOCUMENT.accounts].reverse() };
    expect(plan({ document: reversed }).planHash).toBe(plan().planHash);
  });

  test('C1 a host’s fail2ban jail is part of its block, and of no plan without one', () => {
    const inventory = new Map([['db-1', sampleHost('db-1', { fail2banJail: 'sshd' })]]);
    expect(one(plan({ input: { inventory } }), 'block-sources', 'db-1').jail).toBe('sshd');
    expect(one(plan(), 'block-sources', 'db-1')).not.toHaveProperty('jail');
  });

  const changes: [string, Wish][] = [
    ['type', { type: 'malware' }],
    ['severity', { severity: 'high' }],
    ['mode', { mode: 'block' }],
    ['a source', { document: { sources: ['203.0.113.0/24', '2001:db8:bad::2'] } }],
    ['a refused source', { document: { sources: [...DOCUMENT.sources, '::1'] } }],
    ['an account', { document: { accounts: [{ name: 'deploy' }] } }],
    ['a segment', { document: { segments: [] } }],
    ['the hosts', { document: { hosts: ['db-1'] } }],
    ['the end', { order: { declaredAt: '2026-11-20T03:00:01.000Z' } }],
    ['the incident', { order: { incident: incidentId('INC-20261120-7F3M') } }],
    ['the protected set', { input: { protectedRanges: protectedSet([]) } }],
    ['drift', { input: { drift: [{ host: 'db-1', target: '203.0.113.9', kind: 'wanted-but-missing' }] } }],
    ['emergency keys', { input: { emergency: { account: 'fb-emergency', publicKeys: ['ssh-rsa A'], from: [] } } }],
  ];
  test.each(changes)('changes with %s', (_what, wish) => {
    expect(plan(wish).planHash).not.toBe(plan().planHash);
  });
});

describe('C2 every source asked for is accounted for', () => {
  test('C2 what lies in another prefix is listed with it; sources, covered and refused add up to what was asked for', () => {
    const [v4, v6] = ['203.0.113.0/24', '2001:db8:bad::/48'];
    const sources = ['203.0.113.7', v4, '203.0.113.128/25', '198.51.100.1', v6, '2001:db8:bad::1', '::1'];
    const made = plan({ mode: 'block', document: { sources, ...NOTHING_ELSE } });
    const block = one(made, 'block-sources', 'db-1');
    expect(block.sources).toEqual(['198.51.100.1', v4, v6]);
    expect(block.covered).toEqual([
      { source: '203.0.113.7', by: v4 },
      { source: '203.0.113.128/25', by: v4 },
      { source: '2001:db8:bad::1', by: v6 },
    ]);
    expect(made.refused.map(({ target }) => target)).toEqual(['::1']);
  });

  test('B4 a plan without overlaps has no such list, so stored plans keep their hash', () => {
    const apart = plan({ mode: 'block', document: { sources: ['203.0.113.7', '198.51.100.0/24'] } });
    expect(one(apart, 'block-sources', 'db-1')).not.toHaveProperty('covered');
  });
});

test('B16 a thousand sources on two hosts: sorted, without covered ones', () => {
  const sources = Array.from({ length: 1_000 }, (_, i) =>
    i % 2 === 0 ? `203.0.${i % 97}.${i % 251}` : `2001:db8:bad::${(i * 7919).toString(16).slice(-4)}`,
  );
  const made = plan({ mode: 'block', document: { sources: [...sources, '203.0.96.0/24'], ...NOTHING_ELSE } });
  const planned = one(made, 'block-sources', 'db-1').sources;
  expect(planned).toContain('203.0.96.0/24');
  expect(planned.filter((text) => text.startsWith('203.0.96.'))).toHaveLength(1);
  expect(new Set(planned).size).toBe(planned.length);
  expect(made.refused).toEqual([]);
});
