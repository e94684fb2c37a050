import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShellHostCollector } from '../../../src/adapters/journal/host-collector';
import { SshHostInspector } from '../../../src/adapters/nftables/host-inspector';
import { NodeSshHostShell } from '../../../src/adapters/ssh/node-ssh-host-shell';
import { composeContainment } from '../../../src/composition/containment';
import { HOST_PROGRAMS } from '../../../src/composition/host-programs';
import { FirebreakError } from '../../../src/domain/errors';
import type { ActionResult, DisableAccount, HeightenMonitoring, PlannedAction } from '../../../src/domain/plan';
import type { Order } from '../../../src/domain/order';
import type { ActContext } from '../../../src/ports/containment';
import type { ArtefactSink } from '../../../src/ports/collection';
import { blockOf, RUNGS } from '../blocks/world';
import { actionId, CONTEXT, FIRST, inAnHour, LabWorld, SECOND } from '../isolation/support/lab-world';
import { signOrder } from '../isolation/support/operated-shell';

const RELEASE: Order = { action: 'release', incident: FIRST, reason: 'all clear' };

const WINDOW_S = 30;
/** New connections to one host that an incident may open in a window, by all workers. */
const MOST = 4;

/** The rules that `ufw limit ssh` makes, with a counter of every new connection and of those that were refused. */
const limit = (verdict: string) => `iptables -N ssh-limit
iptables -A ssh-limit -m conntrack --ctstate NEW -m recent --name ssh --set
iptables -A ssh-limit -m conntrack --ctstate NEW -m recent --name ssh --update --seconds 30 --hitcount 6 -j ${verdict}
iptables -A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j ssh-limit`;
const UNLIMIT =
  'iptables -D INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j ssh-limit; iptables -F ssh-limit; iptables -X ssh-limit';

const CLEAN =
  'nft delete table inet firebreak_iso; nft delete table inet firebreak; rm -rf /var/lib/firebreak/INC-* /var/lib/firebreak/holds; true';

/** What one worker has. */
function worker() {
  const shell = new NodeSshHostShell();
  const { containment } = composeContainment(shell, () => new Date());
  return {
    shell,
    containment,
    collector: new ShellHostCollector(shell),
    inspector: new SshHostInspector(RUNGS, shell),
  };
}

describe('a host that limits new SSH connections', () => {
  let world: LabWorld;
  let workers: ReturnType<typeof worker>[];
  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], HOST_PROGRAMS);
    await world.on('web-1', 'useradd -m mallory');
  });
  afterAll(() => world.down());
  beforeEach(async () => {
    workers = [worker(), worker()];
    await world.on('web-1', limit('REJECT'));
  });
  afterEach(async () => {
    await world.on('web-1', `${UNLIMIT}; ${CLEAN}`);
    await Promise.all(workers.map(({ shell }) => shell.close()));
  });

  const host = () => world.host('web-1');
  const context = (budgetMs: number) => ({
    signal: new AbortController().signal,
    budgetMs,
    onProgress: () => undefined,
  });
  const sink = () => {
    const names: string[] = [];
    const keeping: ArtefactSink = {
      artefact: async (name, produce) => {
        await produce(async () => Promise.resolve());
        names.push(name);
      },
      absence: () => Promise.resolve(),
    };
    return { names, keeping };
  };
  const logOptions = { since: new Date(Date.now() - 3_600_000).toISOString(), maxBytes: 1_000_000, paths: [] };
  const acts = (incident = FIRST): PlannedAction[] => {
    const base = { host: 'web-1', approval: 'none', expiresAt: inAnHour() } as const;
    const account: DisableAccount = {
      ...base,
      id: actionId(incident, 'disable-account', 'web-1', 'mallory'),
      kind: 'disable-account',
      account: 'mallory',
    };
    const id = actionId(incident, 'isolate-host', 'web-1');
    return [blockOf(incident, ['198.51.100.7', '2001:db8:1::7']), account, world.isolateHost(id)];
  };
  const monitoring = (incident = FIRST): HeightenMonitoring => ({
    id: actionId(incident, 'heighten-monitoring', 'web-1'),
    kind: 'heighten-monitoring',
    host: 'web-1',
    approval: 'none',
    expiresAt: inAnHour(),
  });
  /** Somebody else behind the same address uses the limit up, and our connection is lost. */
  async function banned(): Promise<void> {
    for (let nth = 0; nth < 7; nth += 1) {
      const socket = connect({ host: host().address, port: 22 }).on('error', () => undefined);
      await new Promise((resolve) =>
        socket
          .once('close', resolve)
          .once('connect', resolve)
          .setTimeout(500, () => resolve(0)),
      );
      socket.destroy();
    }
    await world.on('web-1', 'pkill -KILL -u firebreak sshd');
  }
  /** Seconds of the epoch at which sshd let the account in, by its own log. */
  const logins = async (): Promise<number[]> =>
    (await world.on('web-1', `journalctl -t sshd -o short-unix | grep 'Accepted publickey for firebreak' || true`))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Number(line.split(' ')[0]));
  const newConnections = async (): Promise<number> =>
    Number(await world.on('web-1', `iptables -nvxL ssh-limit | awk '/SET name/ { print $1 }'`));
  const refusals = async (): Promise<number> =>
    Number(await world.on('web-1', `iptables -nvxL ssh-limit | awk '/UPDATE/ { print $1 }'`));

  test('C2 an ordinary critical incident over two workers opens at most four new connections in any 30 s', async () => {
    const before = (await logins()).length;
    const [one, two] = workers as [ReturnType<typeof worker>, ReturnType<typeof worker>];
    const { keeping } = sink();
    await one.collector.volatile(host(), keeping, context(20_000));
    // The state before, while forced isolation is staged by another worker.
    await Promise.all([
      two.inspector.facts(host(), CONTEXT),
      one.collector.reading(host(), { accounts: [], sources: [] }, context(10_000)),
      two.collector.reading(host(), { accounts: [], sources: [] }, context(10_000)),
    ]);
    const results: ActionResult[] = [];
    for (const [index, action] of acts().entries())
      results.push(await workers[index % 2]!.containment.perform(host(), action, CONTEXT));
    await two.inspector.facts(host(), CONTEXT, true);
    await two.collector.reading(host(), { accounts: [], sources: [] }, context(10_000));
    await two.collector.logs(host(), keeping, logOptions, context(60_000));
    results.push(await one.containment.perform(host(), monitoring(), CONTEXT));
    await one.collector.reading(host(), { accounts: [], sources: [] }, context(10_000));

    expect(results.map(({ verified }) => verified)).toEqual([true, true, true, true]);
    const at = (await logins()).slice(before);
    const inWindow = at.map((start) => at.filter((time) => time >= start && time < start + WINDOW_S).length);
    expect(Math.max(...inWindow)).toBeLessThanOrEqual(MOST);
    expect(await refusals()).toBe(0);
  }, 180_000);

  test.each([
    ['refuses', 'REJECT'],
    ['drops', 'DROP'],
  ])(
    'a ban that %s is waited out: no try prolongs it, the act is done after it, and the evidence comes',
    async (_what, verdict) => {
      await world.on('web-1', `${UNLIMIT}; ${limit(verdict)}`);
      const again = workers[0]!;
      await again.inspector.facts(host(), CONTEXT);
      await banned();
      const before = await newConnections();
      const block = blockOf(SECOND, ['198.51.100.8']);
      const incident = { ...CONTEXT, incident: SECOND };
      const thrown: unknown = await again.containment.perform(host(), block, incident).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(FirebreakError);
      const { code, retryAfterMs = 0, message } = thrown as FirebreakError;
      expect(code).toBe('HOST_UNREACHABLE');
      expect(message).toContain('turns new connections away');
      expect(retryAfterMs).toBeGreaterThan(30_000);
      const tries = (await newConnections()) - before;
      // Each is one packet where the host answers; silence makes the kernel send it again.
      expect(tries).toBeLessThanOrEqual(verdict === 'REJECT' ? 5 : 20);

      // Evidence has the time to wait by itself; nobody knocks meanwhile.
      const { names, keeping } = sink();
      const evidence = again.collector.logs(host(), keeping, logOptions, context(170_000));
      await sleep(retryAfterMs - 2_000);
      expect((await newConnections()) - before).toBe(tries);
      await sleep(2_500);
      // As Temporal tries an act again when its delay is over.
      await expect(again.containment.perform(host(), block, incident)).resolves.toMatchObject({ verified: true });
      await evidence;
      expect(names.length).toBeGreaterThan(5);
    },
    240_000,
  );

  test.each([
    ['refuses', 'REJECT'],
    ['drops', 'DROP'],
  ])(
    'C2 what people end is tried at once where a ban %s, and that makes the ban no longer',
    async (_what, verdict) => {
      await world.on('web-1', `${UNLIMIT}; ${limit(verdict)}`);
      const [one] = workers as [ReturnType<typeof worker>];
      const done = acts().filter(({ kind }) => kind !== 'disable-account');
      const ordered = { ...CONTEXT, insists: true, order: await signOrder(RELEASE, world.operatorKey) };
      for (const action of done) await one.containment.perform(host(), action, CONTEXT);
      await banned();
      const undo = async (action: PlannedAction, context: ActContext) =>
        one.containment.undo(host(), action, context).catch((error: unknown) => error as FirebreakError);
      const first = (await undo(done[0]!, CONTEXT)) as FirebreakError;
      expect(first).toMatchObject({ code: 'HOST_UNREACHABLE' });
      const tries = await newConnections();
      const second = (await undo(done[0]!, ordered)) as FirebreakError;
      expect(await newConnections()).toBeGreaterThan(tries);
      expect(second).toMatchObject({ code: 'HOST_UNREACHABLE' });
      expect(second.message).toContain('turns new connections away');
      // A rest of its own would be twice as long.
      expect(second.retryAfterMs).toBeLessThanOrEqual(first.retryAfterMs ?? 0);
      // A rest of ours that the host knows nothing of is no reason to wait: it lets everybody in again.
      await world.on('web-1', UNLIMIT);
      for (const action of done.reverse()) expect(await undo(action, ordered)).toMatchObject({ verified: true });
      await world.on('web-1', limit('REJECT'));
    },
    180_000,
  );

  test('`host check` names the rule, and asking does not count', async () => {
    const [one] = workers as [ReturnType<typeof worker>];
    const { connectionLimits } = await one.inspector.facts(host(), CONTEXT);
    expect(connectionLimits.join('\n')).toMatch(/recent .*--hitcount 6/);
    await world.on('web-1', UNLIMIT);
    await world.on(
      'web-1',
      `nft 'add table inet site; add chain inet site in { type filter hook input priority 0; }'
      nft 'add rule inet site in tcp dport { ssh, 8022 } ct state new limit rate over 6/minute drop'`,
    );
    const found = (await one.inspector.facts(host(), CONTEXT)).connectionLimits;
    await world.on('web-1', `nft delete table inet site; ${limit('REJECT')}`);
    expect(found).toEqual([expect.stringMatching(/dport .*limit rate over 6\/minute/)]);
  });
});
