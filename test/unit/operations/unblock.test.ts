import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { incidentId } from '../../../src/domain/ids';
import type { OperationsDeps } from '../../../src/operations/deps';
import type { RawUnblock } from '../../../src/operations/unblock';
import { acceptUnblock, refuseNotBlocked, unblock } from '../../../src/operations/unblock';

const INCIDENT = incidentId('INC-20261120-7F3K');
const RAW = { incident: INCIDENT, addresses: ['192.0.2.7'], hosts: [], reason: 'a customer' };
const row = (host: string, target: string, kind = 'block-sources') => ({ host, target, kind });

function tables(
  incident: object | undefined = { closedAt: null, responseEndedAt: '2026-11-20T03:01:00.000Z' },
): Pick<OperationsDeps, 'incidents' | 'controls' | 'site' | 'temporal'> {
  const deps = {
    site: { hosts: new Map(['web-1', 'db-1', 'gw-1'].map((name) => [name, {}])) },
    incidents: { find: () => Promise.resolve(incident), list: () => Promise.resolve([]) },
    controls: {
      active: () =>
        Promise.resolve([
          row('web-1', '192.0.2.7'),
          row('db-1', '198.51.100.0/24'),
          row('gw-1', 'gw-1', 'isolate-host'),
        ]),
      released: () => Promise.resolve([row('web-1', '192.0.2.8')]),
    },
  };
  return deps as unknown as Pick<OperationsDeps, 'incidents' | 'controls' | 'site' | 'temporal'>;
}

function refusal(raw: RawUnblock): unknown {
  try {
    return acceptUnblock(raw);
  } catch (thrown) {
    return thrown;
  }
}

describe('U2 which addresses may be let go', () => {
  it('B5 takes any way of writing them, once each', () => {
    const addresses = ['::ffff:192.0.2.7', '192.0.2.7', '2001:DB8:0::1', '198.51.100.9/24'];
    expect(acceptUnblock({ ...RAW, addresses, hosts: ['web-1', 'web-1'] })).toEqual({
      ...RAW,
      addresses: ['192.0.2.7', '2001:db8::1', '198.51.100.0/24'],
      hosts: ['web-1'],
    });
  });

  it('B1 lists everything that is wrong with the words at once', () => {
    const raw = { ...RAW, addresses: ['web-1', '192.0.2.7', '1.2.3'], reason: 'two\nlines' };
    expect(refusal(raw)).toMatchObject({
      code: 'BAD_INPUT',
      problems: [{ path: 'web-1' }, { path: '1.2.3' }, { path: '--reason' }],
    });
    const many = Array.from({ length: 1_001 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
    expect(refusal({ ...RAW, addresses: many })).toMatchObject({ problems: [{ path: 'address' }] });
  });

  it('B5 lists everything that the incident does not block; what was let go before may be ordered again', async () => {
    await refuseNotBlocked(tables(), { ...RAW, addresses: ['192.0.2.7', '192.0.2.8', '198.51.100.0/24'] });
    const raw = { ...RAW, addresses: ['198.51.100.9', '192.0.2.7', '203.0.113.1'], hosts: ['db-1', 'gw-1', 'web1'] };
    await expect(refuseNotBlocked(tables(), raw)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      problems: [
        { path: '--host', message: `${INCIDENT} blocks nothing on gw-1` },
        { path: '--host', message: 'unknown host "web1"; did you mean web-1?' },
        { path: '198.51.100.9', message: `it lies in 198.51.100.0/24, which ${INCIDENT} blocks as a whole` },
        { path: '192.0.2.7', message: `${INCIDENT} does not block it` },
        { path: '203.0.113.1', message: `${INCIDENT} does not block it` },
      ],
    });
  });

  it.each([
    ['UNKNOWN_INCIDENT', null],
    ['INCIDENT_CLOSED', { closedAt: '2026-11-20T04:00:00.000Z', responseEndedAt: '2026-11-20T03:01:00.000Z' }],
    ['WRONG_STATE', { closedAt: null, responseEndedAt: null }],
  ])('B5 %s before anybody is asked for a code', async (code, incident) => {
    const deps = tables(incident ?? {});
    if (incident === null) deps.incidents.find = () => Promise.resolve(undefined);
    await expect(refuseNotBlocked(deps, RAW)).rejects.toMatchObject({ code });
  });

  it('H1 a row that says closed, of an incident that runs, takes orders', async () => {
    const describe = () => Promise.resolve({ status: { name: 'RUNNING' } });
    const client = {
      withDeadline: (_until: number, ask: () => Promise<unknown>) => ask(),
      workflow: { getHandle: () => ({ describe }) },
    };
    const temporal = () => Promise.resolve(client as never);
    await refuseNotBlocked({ ...tables({ closedAt: '2026-11-20T03:05:00.000Z' }), temporal }, RAW);
  });
});

describe('U2 the order to let addresses go', () => {
  const GRANT = '00000000-0000-4000-8000-000000000000';
  const credentials = { operator: 'sato', sign: () => Promise.resolve('signature'), otp: '123456' };
  const late = new WorkflowUpdateRPCTimeoutOrCancelledError('DEADLINE_EXCEEDED');

  function world(parts: { readonly start?: () => Promise<unknown>; readonly result?: () => Promise<unknown> } = {}) {
    const signed: string[] = [];
    const sent: unknown[] = [];
    const deps = {
      ...tables(),
      now: () => new Date('2026-11-20T03:02:00.000Z'),
      authorisation: {
        deposit: ({ signedText }: { readonly signedText: string }) => {
          signed.push(signedText);
          return Promise.resolve(GRANT);
        },
      },
      temporal: () =>
        Promise.resolve({
          withDeadline: (_until: number, work: () => Promise<unknown>) => work(),
          workflowService: { getSystemInfo: () => Promise.resolve({}) },
          workflow: {
            getHandle: (workflowId: string) => ({
              startUpdate: (name: string, options: object) => {
                sent.push([workflowId, name, options]);
                return parts.start?.() ?? Promise.resolve({ result: parts.result ?? (() => Promise.resolve('reply')) });
              },
            }),
          },
        }),
    } as unknown as OperationsDeps;
    return { deps, signed, sent };
  }
  afterEach(() => jest.restoreAllMocks());

  it('B15 is signed with every address and host, and sent as it was signed', async () => {
    const { deps, signed, sent } = world();
    const raw = { ...RAW, hosts: ['web-1'] };
    expect(await unblock(deps, credentials, raw)).toBe('reply');
    const order = { targets: ['192.0.2.7'], hosts: ['web-1'], reason: 'a customer' };
    expect((JSON.parse(signed[0] ?? '') as { order: object }).order).toEqual({
      action: 'unblock',
      incident: INCIDENT,
      ...order,
    });
    const args = [{ grantId: GRANT, operator: 'sato', ...order }];
    expect(sent).toEqual([[INCIDENT, 'unblock', { args, updateId: GRANT, waitForStage: 'ACCEPTED' }]]);
  });

  it('U3 an order that nobody takes is NO_WORKER when Temporal answers', async () => {
    const { deps } = world({ start: () => Promise.reject(late) });
    await expect(unblock(deps, credentials, RAW)).rejects.toMatchObject({ code: 'NO_WORKER' });
  });

  it('U2 one that is taken but not over in 5 minutes is neither done nor failed', async () => {
    const began = Date.now();
    const { deps } = world({
      result: () => {
        jest.spyOn(Date, 'now').mockReturnValue(began + 6 * 60_000);
        return Promise.reject(late);
      },
    });
    expect(await unblock(deps, credentials, RAW)).toBeUndefined();
  });
});
