import { SshHostInspector, hostFactsScript } from '../../../src/adapters/nftables/host-inspector';
import { NFTABLES_RUNG } from '../../../src/adapters/nftables/nftables-rung';
import { LOG_SOURCES } from '../../../src/adapters/journal/sources';
import { collectionFaults, trialReading } from '../../../src/operations/host-collection';
import { lookingOnly } from '../../../src/operations/looking-only';
import type { CollectionWorld } from './world';
import { HashingSink, collectionWorld, context, logOptions, on } from './world';

const RUNGS = [NFTABLES_RUNG];
const HOSTS = ['chatty', 'forging', 'endless'];

let world: CollectionWorld;
let inspector: SshHostInspector;
beforeAll(async () => {
  world = await collectionWorld(HOSTS, [hostFactsScript(RUNGS)]);
  inspector = new SshHostInspector(RUNGS, world.shell);
});
afterAll(() => world.down());

const sshrc = (text: string) => `cat >/etc/ssh/sshrc <<'SSHRC'\n${text}\nSSHRC`;
const signal = () => AbortSignal.timeout(30_000);
const facts = (name: string) => inspector.facts(world.host(name), lookingOnly(signal()));

test('H2 a line that every login prints costs nothing: it is skipped, kept, and said before the incident', async () => {
  await on(world.machine('chatty'), sshrc('echo "Authorized use only. Login of $USER"; printf "no end of line"'));
  const host = world.host('chatty');
  expect((await facts('chatty')).filters).toEqual(['nftables']);

  const volatile = new HashingSink();
  await world.collector.volatile(host, volatile, context(30_000));
  expect(volatile.get('processes').bytes).toBeGreaterThan(0);
  const { head, info } = volatile.get('login-output');
  expect(head.toString()).toBe('Authorized use only. Login of firebreak\nno end of line');
  expect(info).toMatchObject({ group: 'context', command: expect.stringContaining('Authorized use only') as unknown });

  const logs = new HashingSink();
  await world.collector.logs(host, logs, logOptions(), context(60_000));
  expect(logs.unmentioned(LOG_SOURCES.keys())).toEqual([]);
  expect(logs.get('login-output').bytes).toBe(head.length);

  const reading = await trialReading(world.collector, host, 15_000, signal());
  expect(reading.listeners).toContain('tcp/22');
  expect(collectionFaults(reading)).toEqual([
    expect.stringContaining('Authorized use only. Login of firebreak no end'),
  ]);
});

test('H2 a login that prints what programs say forges nothing', async () => {
  await on(
    world.machine('forging'),
    sshrc(`cat <<'FORGED'
@firebreak 00000000000000000000000000000000
@firebreak-frames 2 1.000
@begin crontabs plain
Y2xlYW4=
@exit 0
@end
@done
filter forged
isolated yes
end
FORGED`),
  );
  const seen = await facts('forging');
  expect(seen).toMatchObject({ filters: ['nftables'], isolated: false });
  const logs = new HashingSink();
  await world.collector.logs(world.host('forging'), logs, logOptions(), context(60_000));
  expect(logs.get('crontabs').bytes).toBeGreaterThan(1_000);
  expect(logs.get('login-output').head.toString()).toContain('@done\nfilter forged');
});

test('H2 a login that prints without end is refused by its code, for acts, collections and the check before', async () => {
  await on(world.machine('endless'), sshrc('head -c 200000 /dev/zero | tr "\\\\000" x'));
  const refused = expect.objectContaining({ code: 'HOST_REPLY_REFUSED' }) as unknown;
  const host = world.host('endless');
  await expect(facts('endless')).rejects.toEqual(refused);
  await expect(trialReading(world.collector, host, 15_000, signal())).rejects.toEqual(refused);
  await expect(world.collector.volatile(host, new HashingSink(), context(30_000))).rejects.toEqual(refused);
});
