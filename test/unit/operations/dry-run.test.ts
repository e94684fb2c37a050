import { FirebreakError } from '../../../src/domain/errors';
import type { Host } from '../../../src/domain/host';
import { DEFAULT_POLICY } from '../../../src/domain/policy';
import { DEFAULT_WIDTH } from '../../../src/domain/protection';
import type { DryRunOptions } from '../../../src/operations/dry-run';
import { dryRun } from '../../../src/operations/dry-run';
import type { OperationsDeps } from '../../../src/operations/deps';
import { DOCUMENT, rawTrigger } from './trigger';
import { sampleHost } from '../../support/sample-host';

interface Given {
  readonly present?: readonly string[];
  readonly rows?: readonly string[];
  readonly tablesAway?: boolean;
  readonly previewFails?: boolean;
}

function world(given: Given = {}) {
  const asked: string[] = [];
  const hosts = [sampleHost('web-1'), sampleHost('gw-1', { role: 'gateway' })];
  const preview = (what: string) => (at: Host) => {
    asked.push(`${what} ${at.name}`);
    return given.previewFails === true
      ? Promise.reject(new FirebreakError('HOST_SCRIPT_REFUSED'))
      : Promise.resolve({ what, keepsFirebreak: true, sessions: 1 });
  };
  const deps = {
    now: () => new Date('2026-11-20T03:00:00.000Z'),
    site: {
      hosts: new Map(hosts.map((one) => [one.name, one])),
      segments: new Map([['dmz', { name: 'dmz', gateway: 'gw-1', prefixes: ['198.51.100.0/24'] }]]),
      protectedAddresses: [],
      widths: DEFAULT_WIDTH,
      policy: DEFAULT_POLICY,
      detectorMaximum: 'propose',
      emergency: undefined,
      ownAccounts: [],
    },
    inspector: {
      facts: ({ name }: Host) => {
        asked.push(`facts ${name}`);
        return Promise.resolve({ host: name, blocks: (given.present ?? []).map((target) => ({ target })) });
      },
    },
    controls: {
      active: () =>
        given.tablesAway === true
          ? Promise.reject(new FirebreakError('DATABASE_UNREACHABLE'))
          : Promise.resolve((given.rows ?? []).map((target) => ({ target, kind: 'block-sources' }))),
    },
    previewer: { preview: preview('block'), isolation: preview('isolation'), account: preview('account') },
  } as unknown as OperationsDeps;
  return { deps, asked };
}

const BY_A_PERSON: DryRunOptions = { name: 'sato', trigger: 'operator' };
const everything = rawTrigger(
  { ...DOCUMENT, sources: ['203.0.113.9'], accounts: ['deploy'], segments: ['dmz'] },
  { severity: 'critical', mode: 'isolate' },
);

describe('C12 the dry run', () => {
  test('C12 block, isolation and account are looked at on the host, a segment at its gateway', async () => {
    const { deps, asked } = world();
    const [preview] = await dryRun(deps, everything, BY_A_PERSON);
    expect([...new Set(asked)].sort()).toEqual([
      'account web-1',
      'block web-1',
      'facts gw-1',
      'facts web-1',
      'isolation gw-1',
      'isolation web-1',
    ]);
    expect(preview?.hosts.map(({ host: name, isolations }) => [name, isolations.map(({ target }) => target)])).toEqual([
      ['web-1', ['web-1']],
      ['gw-1', ['dmz']],
    ]);
  });

  test('B9 a compound trigger has a plan per type, most urgent first; each host is asked for its facts once', async () => {
    const { deps, asked } = world();
    const previews = await dryRun(deps, { ...everything, types: ['ddos', 'intrusion'] }, BY_A_PERSON);
    expect(previews.map(({ plan }) => plan.type)).toEqual(['intrusion', 'ddos']);
    expect(asked.filter((one) => one === 'facts web-1')).toHaveLength(1);
  });

  test('B15 a detector’s dry run shows what a detector may do', async () => {
    const { deps } = world();
    const approvals = async (trigger: 'operator' | 'detector') => {
      const [preview] = await dryRun(deps, everything, { name: 'ids', trigger });
      const acts = preview?.plan.actions.filter(({ kind }) => kind !== 'heighten-monitoring') ?? [];
      return new Set(acts.map(({ approval }) => approval));
    };
    expect(await approvals('operator')).toEqual(new Set(['none']));
    expect(await approvals('detector')).not.toContain('none');
  });

  test('B4 where tables and kernel disagree is shown; without tables it says that it does not know', async () => {
    const [known] = await dryRun(
      world({ present: ['203.0.113.1'], rows: ['203.0.113.2'] }).deps,
      everything,
      BY_A_PERSON,
    );
    expect(known).toMatchObject({
      driftKnown: true,
      plan: {
        drift: [
          { host: 'web-1', target: '203.0.113.2', kind: 'wanted-but-missing' },
          { host: 'web-1', target: '203.0.113.1', kind: 'present-but-unknown' },
        ],
      },
    });
    const [away] = await dryRun(world({ tablesAway: true }).deps, everything, BY_A_PERSON);
    expect(away).toMatchObject({ driftKnown: false, plan: { drift: [] } });
    expect(away?.hosts.every(({ error }) => error === null)).toBe(true);
  });

  test.each([
    ['192.0.2.5', true],
    ['198.18.0.1', false],
    [undefined, null],
  ])('C12 the lock-out check: %s is inside management: %s', async (address, keepsOperator) => {
    const options = { ...BY_A_PERSON, ...(address === undefined ? {} : { address }) };
    const [preview] = await dryRun(world().deps, everything, options);
    expect(preview?.hosts[0]?.isolations[0]).toMatchObject({ keepsOperator, keepsFirebreak: true });
  });

  test('C12 a host whose rules cannot be checked says so and keeps its facts', async () => {
    const [preview] = await dryRun(world({ previewFails: true }).deps, everything, BY_A_PERSON);
    expect(preview?.hosts[0]?.error).toContain('gate does not know');
    expect(preview?.hosts[0]?.facts).not.toBeNull();
  });
});
