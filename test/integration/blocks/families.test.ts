import { CONTEXT, FIRST, type LabWorld } from '../isolation/support/lab-world';
import { blockOf, blockWorld, reaching, wire } from './world';

/** What has to be missing from the host for each rung to be the one in use. */
const WITHOUT = { ipset: ['nft'], iptables: ['nft', 'ipset'] } as const;
const hide = (programs: readonly string[]) =>
  programs.map((name) => `p=$(command -v ${name}) && mv "$p" "$p.hidden"`).join('; ');
const CLEAN = `
for p in /usr/sbin/*.hidden; do [ ! -e "$p" ] || mv "$p" "\${p%.hidden}"; done
nft flush ruleset; ipset destroy; rm -rf /var/lib/firebreak/INC-*; systemctl stop 'firebreak-end-*.timer'; true`;
/** The tools for IPv6 as they are where the kernel has none of it: in their words, with their exit code. */
const BROKEN_IPV6 = `
for p in /usr/sbin/ip6tables*; do
  case $p in *.hidden) continue ;; esac
  mv "$p" "$p.hidden"
  printf '#!/bin/sh\\necho "ip6tables-restore v1.8.9 (legacy): unable to initialize table raw" >&2\\nexit 3\\n' >"$p"
  chmod 755 "$p"
done`;
const NO_IPV6 =
  'mount -o remount,rw,bind /proc/sys; for s in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >"$s"; done';

describe.each(['ipset', 'iptables'] as const)('hosts of one IP version, with %s', (rung) => {
  let world: LabWorld;
  const host = () => world.host('web-1');
  const ladder = () => wire(world.shell).ladder;
  const [one, two] = ['198.51.100.7', '2001:db8:66::7'];

  beforeAll(async () => {
    world = await blockWorld();
  });
  afterAll(() => world.down());
  beforeEach(() => world.on('web-1', `${CLEAN}; ${hide(WITHOUT[rung])}; ${BROKEN_IPV6}`));

  test('C1 an IPv4 address is blocked where the tools for IPv6 do not work', async () => {
    const [attacker = ''] = world.lab.attacker.addresses4(1);
    const action = blockOf(FIRST, [attacker], { direction: 'both' });
    expect(await ladder().perform(host(), action, CONTEXT)).toMatchObject({ rung, verified: true, exceptions: [] });
    expect(await reaching(world, world.lab.attacker, [attacker])).toBe(0);
    await world.on('web-1', 'iptables -t raw -F PREROUTING; /usr/local/sbin/firebreak-restore');
    expect(await ladder().verify(host(), action, CONTEXT)).toMatchObject({ verified: true, counts: { already: 1 } });
    expect(await ladder().undo(host(), action, CONTEXT)).toMatchObject({ verified: true, counts: { applied: 1 } });
    expect(await reaching(world, world.lab.attacker, [attacker])).toBe(1);
    await expect(world.on('web-1', 'iptables-save; ipset save 2>/dev/null; true')).resolves.not.toMatch(
      /f[bo][46]?[hn]?-/,
    );
  });

  test('C2 what the tools do not take is failed by name, with what they said; the rest is in force, and is undone', async () => {
    const action = blockOf(FIRST, [one, two]);
    const result = await ladder().perform(host(), action, CONTEXT);
    expect(result).toMatchObject({ rung, verified: false, counts: { applied: 1, failed: 1, missing: 0 } });
    expect(result.exceptions).toEqual([
      expect.objectContaining({ target: two, outcome: 'failed', why: ['family-tools'] }),
    ]);
    expect(result.exceptions[0]?.detail).toContain('unable to initialize table');
    const driver = wire(world.shell).drivers.find(({ script }) => script.name.endsWith(rung))!;
    expect(await driver.preview(host(), action, CONTEXT)).toMatchObject({ already: 1, wouldApply: 0 });
    expect((await ladder().reassert(host(), action, CONTEXT)).notes.join()).not.toContain('put back');
    expect(await ladder().undo(host(), action, CONTEXT)).toMatchObject({
      counts: { applied: 1, already: 1, failed: 0 },
    });
  });

  test('C5 rules of a family whose tools have stopped working meanwhile are not called undone', async () => {
    await world.on('web-1', `${CLEAN}; ${hide(WITHOUT[rung])}`);
    const action = blockOf(FIRST, [one, two]);
    expect(await ladder().perform(host(), action, CONTEXT)).toMatchObject({ verified: true, counts: { applied: 2 } });
    await world.on('web-1', BROKEN_IPV6);
    await expect(ladder().undo(host(), action, CONTEXT)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    await world.on('web-1', 'for p in /usr/sbin/ip6tables*.hidden; do mv "$p" "${p%.hidden}"; done');
    expect((await ladder().undo(host(), action, CONTEXT)).counts.failed).toBe(0);
    await expect(world.on('web-1', 'ip6tables-save')).resolves.not.toContain('fb-');
  });

  test('host check: the family is named, with the reason', async () => {
    const facts = await wire(world.shell).inspector.facts(host(), CONTEXT);
    expect(facts.filters).toEqual(rung === 'ipset' ? ['ipset', 'iptables'] : ['iptables']);
    expect(facts.unfiltered).toContainEqual({ filter: rung, family: 'IPv6', why: 'tools' });
  });

  // Last: the addresses that go do not come back.
  test('C2 where the host speaks no IPv6, an IPv6 address is refused by name, and that is no failure', async () => {
    await world.on('web-1', NO_IPV6);
    const action = blockOf(FIRST, [one, two]);
    const result = await ladder().perform(host(), action, CONTEXT);
    expect(result).toMatchObject({ rung, verified: true, counts: { applied: 1, refused: 1, failed: 0, missing: 0 } });
    expect(result.exceptions).toEqual([expect.objectContaining({ target: two, why: ['no-ipv6'] })]);
    expect(await ladder().undo(host(), action, CONTEXT)).toMatchObject({ counts: { applied: 1, already: 1 } });
    const { unfiltered } = await wire(world.shell).inspector.facts(host(), CONTEXT);
    expect(unfiltered).toContainEqual({ filter: rung, family: 'IPv6', why: 'kernel' });
  });
});
