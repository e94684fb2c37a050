import { JailFeeding } from '../../../src/adapters/fail2ban/jail-feeding';
import { SshMachineReader } from '../../../src/adapters/machine/machine-reader';
import { composeContainment } from '../../../src/composition/containment';
import { FirebreakError } from '../../../src/domain/errors';
import { actionId, incidentId } from '../../../src/domain/ids';
import type { ActionKind, BlockSources, PlannedAction } from '../../../src/domain/plan';
import { UNDO_OF } from '../../../src/domain/plan';
import type { ActContext } from '../../../src/ports/containment';
import type { HostShell } from '../../../src/ports/host-shell';
import { sampleResult } from '../../support/incident-samples';
import { sampleHost } from '../../support/sample-host';

const INCIDENT = incidentId('INC-20261120-7F3K');
const HOST = sampleHost('web-1', { management: ['198.51.100.0/24'] });
const base = (kind: ActionKind) =>
  ({
    id: actionId(INCIDENT, kind, 'web-1'),
    host: 'web-1',
    approval: 'none',
    expiresAt: '2026-11-20T05:00:00Z',
  }) as const;
const isolation = { management: ['198.51.100.0/24'], onUnconfirmed: 'disarm' } as const;
const BLOCK: BlockSources = {
  ...{ ...base('block-sources'), kind: 'block-sources', direction: 'in', sources: ['203.0.113.9'], protect: [] },
  jail: 'sshd',
};
const ACTS: { readonly [K in ActionKind]: Extract<PlannedAction, { readonly kind: K }> } = {
  'block-sources': BLOCK,
  'disable-account': { ...base('disable-account'), kind: 'disable-account', account: 'mallory' },
  'isolate-host': { ...base('isolate-host'), kind: 'isolate-host', ...isolation },
  'isolate-segment': {
    ...{ ...base('isolate-segment'), ...isolation, kind: 'isolate-segment' },
    ...{ segment: 'dmz', prefixes: ['203.0.113.0/24'] },
  },
  'emergency-access': {
    ...{ ...base('emergency-access'), kind: 'emergency-access', account: 'rescue' },
    ...{ publicKeys: [], from: ['198.51.100.0/24'] },
  },
  'heighten-monitoring': { ...base('heighten-monitoring'), kind: 'heighten-monitoring' },
};

describe('who insists is heard by every program of an undo', () => {
  const asked: [program: string, insists: boolean][] = [];
  const shell: HostShell = {
    run: (_host, { name }, { insists = false }) => {
      asked.push([name, insists]);
      return Promise.reject(new FirebreakError('HOST_UNREACHABLE'));
    },
    stream: () => Promise.reject(new Error('not used here')),
    fingerprint: () => 'SHA256:none',
    close: () => Promise.resolve(),
  };
  const { containment, lifter, forced } = composeContainment(shell, () => new Date());
  const context: ActContext = {
    ...{ incident: INCIDENT, signal: new AbortController().signal, attempt: 1, insists: true },
    onProgress: () => undefined,
  };
  const failing = (work: Promise<unknown>) => work.catch(() => undefined);
  beforeEach(() => void asked.splice(0));

  it.each(Object.keys(UNDO_OF) as ActionKind[])('%s', async (kind) => {
    await failing(containment.undo(HOST, ACTS[kind], context));
    expect(asked).toEqual([[expect.any(String), true]]);
    asked.splice(0);
    // Where nobody insists, the host is left alone.
    await failing(containment.undo(HOST, ACTS[kind], { ...context, insists: false }));
    expect(asked).toEqual([[expect.any(String), false]]);
  });

  it('single addresses, the jail, forced isolation, and the look at the machine before them', async () => {
    await failing(lifter.lift(HOST, BLOCK, BLOCK.sources, context));
    const undone = sampleResult({ id: BLOCK.id, kind: BLOCK.kind, host: HOST.name });
    const feeding = new JailFeeding({ undo: () => Promise.resolve(undone) } as never, shell);
    await feeding.undo(HOST, BLOCK, context);
    await failing(forced.lift(HOST, undefined, actionId(INCIDENT, 'forced-isolation', 'web-1'), undefined, context));
    await failing(new SshMachineReader(shell).look(HOST, [], context));
    expect(asked.map(([, insists]) => insists)).toEqual([true, true, true, true, true]);
  });
});
