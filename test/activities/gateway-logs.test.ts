import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities';
import type { CollectInput } from '../../activities/evidence';
import { FirebreakError } from '../../src/domain/errors';
import type { AbsenceInfo } from '../../src/domain/evidence';
import type { Host } from '../../src/domain/host';
import type { IncidentId } from '../../src/domain/ids';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import type { CollectionContext, LogOptions } from '../../src/ports/collection';
import { respondOrder, respondUse } from '../../src/domain/order';
import { sampleOrder } from '../support/incident-samples';

const INCIDENT = 'INC-20261120-7F3K' as IncidentId;
const DECLARED = '2026-11-20T03:00:00.000Z';

const SITE: Readonly<Record<string, Partial<Host>>> = {
  'web-1': { gateway: 'gw-1' },
  'web-2': { gateway: 'gw-1' },
  'db-1': {},
  'gw-1': { role: 'gateway' },
};

describe('E2 gateway logs', () => {
  /** Collects from each host of the order; who was asked for what, and what is on record as absent. */
  async function collect(hosts: readonly string[], failing: readonly string[] = [], load = 0.2) {
    const asked: { readonly host: string; readonly paths: readonly string[]; readonly budgetMs: number }[] = [];
    const absences: AbsenceInfo[] = [];
    const opened: string[] = [];
    const order = sampleOrder(DECLARED, { incident: INCIDENT, hosts });
    const authority = { grantId: 'respond', use: respondUse(INCIDENT, 'run') };
    const deps = {
      site: {
        hosts: new Map(Object.entries(SITE).map(([name, host]) => [name, { name, ...host }])),
        logs: { lookBackMs: 3_600_000, maxBytesPerSource: 1_000 },
      },
      authorisation: {
        confirm: () => Promise.resolve({ order: respondOrder(order), operator: order.operator }),
      },
      incidents: {
        find: () => Promise.resolve({ order, phase: 'preserving' }),
        document: () => Promise.resolve(Buffer.from(JSON.stringify({ logSources: ['/srv/app/log'] }))),
      },
      collector: {
        logs: (host: Host, _sink: unknown, { paths }: LogOptions, { budgetMs }: CollectionContext) => {
          asked.push({ host: host.name, paths, budgetMs });
          const error = new FirebreakError('HOST_UNREACHABLE', host.name);
          return failing.includes(host.name) ? Promise.reject(error) : Promise.resolve({ host: host.name });
        },
      },
      evidence: {
        open: (opening: { readonly hosts: readonly { readonly name: string }[] }) => {
          opened.push(...opening.hosts.map(({ name }) => name));
          return Promise.resolve();
        },
        absence: (_incident: IncidentId, _provenance: unknown, info: AbsenceInfo) => {
          absences.push(info);
          return Promise.resolve();
        },
      },
      machine: { name: 'ops-1', load: () => load },
      hostKeyFingerprint: () => 'SHA256:x',
      now: () => new Date(DECLARED),
    } as unknown as ActivityDeps;
    const activities = createActivities(deps).evidence;
    const run = <I, O>(work: (input: I) => Promise<O>, input: I) => new MockActivityEnvironment().run(work, input);
    await run(activities.openBag, { incident: INCIDENT, authority, workflow: { id: INCIDENT, runId: 'run' } });
    const ends = await Promise.allSettled(
      hosts.map((host) =>
        run<CollectInput, unknown>(activities.collectLogs, { incident: INCIDENT, authority, host, budgetMs: 9_000 }),
      ),
    );
    return { asked, absences, opened, ends: ends.map(({ status }) => status), results: ends };
  }
  const names = (asked: readonly { readonly host: string }[]) => asked.map(({ host }) => host).sort();

  test('a gateway of the incident’s hosts is collected once, in the same share, without the paths of the hosts’ own', async () => {
    const { asked, opened } = await collect(['web-1', 'web-2', 'db-1']);
    expect(names(asked)).toEqual(['db-1', 'gw-1', 'web-1', 'web-2']);
    expect(asked.find(({ host }) => host === 'gw-1')).toEqual({ host: 'gw-1', paths: [], budgetMs: 9_000 });
    expect(opened).toEqual(['web-1', 'web-2', 'db-1', 'gw-1']);
  });

  test('a gateway that is in the incident itself is not collected twice', async () => {
    expect(names((await collect(['gw-1', 'web-1'])).asked)).toEqual(['gw-1', 'web-1']);
  });

  test('B13 says that the worker’s own machine is loaded', async () => {
    const { results } = await collect(['web-1'], [], 0.97);
    expect(results).toMatchObject([{ value: { workerLoad: 0.97, worker: 'ops-1' } }]);
    expect((await collect(['web-1'])).results).toMatchObject([{ value: { host: 'web-1' } }]);
    expect(JSON.stringify((await collect(['web-1'])).results)).not.toContain('workerLoad');
  });

  test('E3 a gateway that gives nothing is on record and takes nothing from its host', async () => {
    const { absences, ends } = await collect(['web-1'], ['gw-1']);
    expect(ends).toEqual(['fulfilled']);
    expect(absences).toEqual([expect.objectContaining({ host: 'gw-1', source: 'gateway logs' })]);
  });

  test('E3 a host that gives nothing still brings its gateway’s logs, and fails', async () => {
    const { asked, ends } = await collect(['web-1'], ['web-1']);
    expect(names(asked)).toEqual(['gw-1', 'web-1']);
    expect(ends).toEqual(['rejected']);
  });
});
