import { connect } from 'node:net';
import { SCENARIO_HOSTS } from '../../demo/scenario';
import { inEnglish } from '../../src/domain/fact-words';
import { WholeWorld } from '../support/whole-world';

const WINDOW_S = 30;
/** New connections to one host that an ordinary incident opens in a window, by both workers together. */
const MOST = 4;

/** The rules of `ufw limit ssh`. */
const LIMIT = [
  'iptables -A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -m recent --name ssh --set',
  'iptables -A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -m recent --name ssh --update --seconds 30 --hitcount 6 -j REJECT',
].join('; ');

let world: WholeWorld;

beforeAll(async () => {
  world = await WholeWorld.up({ hosts: SCENARIO_HOSTS, operators: 2 });
  for (const host of ['db-1', 'web-1']) await world.on(host, LIMIT);
});

afterAll(() => world?.down());

/** Seconds of the epoch at which sshd let Firebreak in, by its own log. */
const logins = async (host: string): Promise<number[]> =>
  (await world.on(host, `journalctl -t sshd -o short-unix | grep 'Accepted publickey for firebreak' || true`))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line.split(' ')[0]));
const counted = async (host: string, what: 'SET' | 'UPDATE'): Promise<number> =>
  Number(await world.on(host, `iptables -nvxL INPUT | awk '/recent: ${what} / { print $1 }'`));
const intrusion = (severity: string, mode: string, host: string) => [
  ...['--incident-type', 'intrusion', '--severity-level', severity, '--response-mode', mode],
  ...['--host', host, '--source', '203.0.113.9'],
];

test('C2 an ordinary critical incident opens at most four new connections to its host in any 30 s', async () => {
  await world.on('db-1', 'useradd -m mallory');
  const [before, packets] = [(await logins('db-1')).length, await counted('db-1', 'SET')];
  const [incident] = await world.declare([...intrusion('critical', 'isolate', 'db-1'), '--account', 'db-1/mallory']);
  const { row } = await world.ended(incident!);
  expect(row.outcome).toBe('contained');
  const at = (await logins('db-1')).slice(before);
  expect(at.length).toBeGreaterThan(0);
  const inWindow = at.map((start) => at.filter((time) => time >= start && time < start + WINDOW_S).length);
  expect(Math.max(...inWindow)).toBeLessThanOrEqual(MOST);
  // Each new connection was let in: none was refused, and none was tried in vain.
  expect([(await counted('db-1', 'SET')) - packets, await counted('db-1', 'UPDATE')]).toEqual([at.length, 0]);
});

test('C2 a host that has banned this server is contained when the ban is over, and its evidence comes', async () => {
  const { address } = world.host('web-1');
  for (let nth = 0; nth < 7; nth += 1) {
    const socket = connect({ host: address, port: 22 }).on('error', () => undefined);
    await new Promise((resolve) => socket.once('close', resolve).once('connect', resolve));
    socket.destroy();
  }
  await world.on('web-1', 'pkill -KILL -u firebreak sshd || true');
  const before = await counted('web-1', 'UPDATE');
  expect(before).toBeGreaterThan(0);
  const [incident] = await world.declare(intrusion('high', 'block', 'web-1'));
  const { row, timeline } = await world.ended(incident!);
  expect(row.outcome).toBe('contained');
  // A burst of each worker, and single tries after it.
  const refused = (await counted('web-1', 'UPDATE')) - before;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(20);
  const said = timeline.map(({ fact }) => inEnglish(fact)).join('\n');
  expect(Number(/seal the evidence: (\d+) artefacts/.exec(said)?.[1])).toBeGreaterThan(20);
});
