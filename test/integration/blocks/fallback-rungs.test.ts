import { NodeSshHostShell } from '../../../src/adapters/ssh/node-ssh-host-shell';
import { actionId } from '../../../src/domain/ids';
import { CONTEXT, FIRST, SECOND, type LabWorld } from '../isolation/support/lab-world';
import { blockOf, blockWorld, reaching, wire, withIncident } from './world';

/** What has to be missing from the host for each rung to be the one in use. */
const WITHOUT = { ipset: ['nft'], iptables: ['nft', 'ipset'] } as const;

const hide = (programs: readonly string[]) =>
  programs.map((name) => `p=$(command -v ${name}) && mv "$p" "$p.hidden"`).join('; ');
const CLEAN = `
for p in /usr/sbin/*.hidden; do [ ! -e "$p" ] || mv "$p" "\${p%.hidden}"; done
nft flush ruleset; ipset destroy; rm -rf /var/lib/firebreak/INC-*; systemctl stop 'firebreak-end-*.timer'; true`;

describe.each(['ipset', 'iptables'] as const)('source blocks on a host where %s is the best there is', (rung) => {
  let world: LabWorld;
  let attackers: string[];
  const host = () => world.host('web-1');
  const ladder = () => wire(world.shell).ladder;

  beforeAll(async () => {
    world = await blockWorld();
    attackers = [...world.lab.attacker.addresses4(500), ...world.lab.attacker.addresses6(500)];
  });
  afterAll(() => world.down());
  beforeEach(() => world.on('web-1', `${CLEAN}; ${hide(WITHOUT[rung])}`));

  test(`C1 1,000 sources are cut off by ${rung}, bystanders pass, release opens again`, async () => {
    const bystanders = [...world.lab.bystander.addresses4(100), ...world.lab.bystander.addresses6(100)];
    const action = blockOf(FIRST, attackers, { direction: 'both' });
    const result = await ladder().perform(host(), action, CONTEXT);
    expect(result).toMatchObject({ rung, verified: true, counts: { applied: 1_000, missing: 0, refused: 0 } });
    expect(await reaching(world, world.lab.attacker, attackers)).toBe(0);
    expect(await reaching(world, world.lab.bystander, bystanders)).toBe(200);
    expect(await ladder().undo(host(), action, CONTEXT)).toMatchObject({ verified: true, counts: { applied: 1_000 } });
    expect(await reaching(world, world.lab.attacker, attackers)).toBe(1_000);
    expect(await world.on('web-1', 'iptables-save; ip6tables-save; ipset save 2>/dev/null; true')).not.toMatch(
      /f[bo][46]?[hn]?-/,
    );
  });

  test('C4 C5 replay, overlap of two incidents and release of one', async () => {
    const both = [...attackers.slice(0, 30), '198.51.100.0/24'];
    const action = blockOf(FIRST, both);
    const first = await ladder().perform(host(), action, CONTEXT);
    expect(await ladder().perform(host(), action, CONTEXT)).toMatchObject({
      counts: first.counts,
      replayed: true,
      verified: true,
    });
    const second = blockOf(SECOND, both);
    expect((await ladder().perform(host(), second, withIncident(SECOND))).counts).toMatchObject({ already: 31 });
    const released = await ladder().undo(host(), action, CONTEXT);
    expect(released.notes).toContain('31 addresses stay blocked by INC-20261120-8H4M');
    expect(await reaching(world, world.lab.attacker, attackers.slice(0, 30))).toBe(0);
  });

  test('B5 C4 single sources are let go; the others stay, and nothing brings those back', async () => {
    const [one, gone] = [attackers[0]!, attackers[500]!];
    const prefix = '198.51.100.0/24';
    const action = blockOf(FIRST, [one, gone, prefix], { direction: 'both' });
    await ladder().perform(host(), action, CONTEXT);
    await ladder().perform(host(), blockOf(SECOND, [prefix]), withIncident(SECOND));
    const { lifter } = wire(world.shell);
    const lifted = await lifter.lift(host(), action, [gone, prefix], CONTEXT);
    expect(lifted.result).toMatchObject({ rung, verified: true, counts: { applied: 2, failed: 0 } });
    expect(lifted.result.notes).toContain('1 addresses stay blocked by INC-20261120-8H4M');
    expect(await reaching(world, world.lab.attacker, [one, gone])).toBe(1);
    expect(await ladder().verify(host(), { ...action, sources: [one] }, CONTEXT)).toMatchObject({ verified: true });
    const rules = await world.on('web-1', 'iptables-save; ip6tables-save; ipset save 2>/dev/null; true');
    expect(rules).not.toContain(gone);
    expect((await lifter.lift(host(), action, [gone, prefix], CONTEXT)).notInForce).toEqual([gone, prefix]);
    await world.on('web-1', 'iptables -t raw -F PREROUTING; /usr/local/sbin/firebreak-restore');
    expect(await ladder().verify(host(), action, CONTEXT)).toMatchObject({ counts: { already: 1, missing: 2 } });
    expect(await ladder().undo(host(), action, CONTEXT)).toMatchObject({ counts: { applied: 1, already: 2 } });
    expect(await ladder().verify(host(), blockOf(SECOND, [prefix]), withIncident(SECOND))).toMatchObject({
      counts: { already: 1 },
    });
  });

  test('C10 what was flushed is told honestly and put back', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 20));
    await ladder().perform(host(), action, CONTEXT);
    await world.on('web-1', 'iptables -t raw -F PREROUTING; ip6tables -t raw -F PREROUTING');
    expect(await ladder().verify(host(), action, CONTEXT)).toMatchObject({ verified: false, counts: { missing: 20 } });
    expect(await ladder().reassert(host(), action, CONTEXT)).toMatchObject({ verified: true });
    expect(await reaching(world, world.lab.attacker, attackers.slice(0, 20))).toBe(0);
  });

  test('C10 a block ends by itself at its time', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 5), { expiresAt: new Date(Date.now() + 15_000).toISOString() });
    await ladder().perform(host(), action, CONTEXT);
    expect(await reaching(world, world.lab.attacker, attackers.slice(0, 5))).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 18_000));
    expect(await reaching(world, world.lab.attacker, attackers.slice(0, 5))).toBe(5);
  });

  test('C10 confirmed blocks come back after a reboot', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 6));
    await ladder().perform(host(), action, CONTEXT);
    await world.labHost('web-1').reboot();
    expect(await ladder().verify(host(), action, CONTEXT)).toMatchObject({
      rung,
      verified: true,
      counts: { already: 6 },
    });
    expect(await reaching(world, world.lab.attacker, attackers.slice(0, 7))).toBe(1);
  });

  test('C12 a preview leaves nothing behind', async () => {
    const state = '{ iptables-save; ip6tables-save; ipset save; } 2>/dev/null | sed "/^[#:]/d"';
    const before = await world.on('web-1', state);
    const driver = wire(world.shell).drivers.find((candidate) => candidate.script.name.endsWith(rung))!;
    expect(await driver.preview(host(), blockOf(FIRST, attackers), CONTEXT)).toMatchObject({ rung, wouldApply: 1_000 });
    expect(await world.on('web-1', state)).toBe(before);
  });

  const dryRuns =
    'H3 50 dry runs beside 50 applies touch no live set: what nobody ordered is never blocked, what was ordered always';
  // The other rung has no sets that could be shared.
  if (rung === 'ipset')
    test(
      dryRuns,
      async () => {
        const tried = attackers.slice(100);
        const dry = blockOf(SECOND, tried);
        const looks = Array.from({ length: 5 }, () => {
          const shell = new NodeSshHostShell();
          return { shell, driver: wire(shell).drivers.find(({ script }) => script.name.endsWith(rung))! };
        });
        const looking = looks.map(async ({ shell, driver }) => {
          const seen: number[] = [];
          for (let n = 0; n < 10; n += 1)
            seen.push((await driver.preview(host(), dry, withIncident(SECOND))).wouldApply);
          await shell.close();
          return seen;
        });
        const outcomes: unknown[] = [];
        for (let n = 0; n < 50; n += 1) {
          const action = blockOf(FIRST, attackers.slice(n, n + 20), {
            id: actionId(FIRST, 'block-sources', `run-${n}`),
          });
          const { verified, counts } = await ladder().perform(host(), action, CONTEXT);
          outcomes.push({ verified, in: counts.applied + counts.already });
        }
        expect((await Promise.all(looking)).flat()).toEqual(Array.from({ length: 50 }, () => 900));
        expect(outcomes).toEqual(Array.from({ length: 50 }, () => ({ verified: true, in: 20 })));
        const state = await world.on('web-1', 'iptables-save; ip6tables-save; ipset save 2>/dev/null; true');
        for (const source of tried) expect(state).not.toMatch(new RegExp(` ${source.replaceAll('.', '\\.')}[ /]`));
        expect(state).not.toMatch(/tmp|tm[46]|try-/);
      },
      900_000,
    );

  test('C1 an act is undone by the filter that holds it, even when a better one has come back', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 4));
    await ladder().perform(host(), action, CONTEXT);
    await world.on('web-1', 'for p in /usr/sbin/*.hidden; do mv "$p" "${p%.hidden}"; done');
    expect(await ladder().verify(host(), action, CONTEXT)).toMatchObject({ rung, verified: true });
    expect(await ladder().undo(host(), action, CONTEXT)).toMatchObject({ rung, counts: { applied: 4 } });
    expect(await reaching(world, world.lab.attacker, attackers.slice(0, 4))).toBe(4);
  });

  test('C1 a host without any packet filter is UNSUPPORTED_HOST', async () => {
    await world.on('web-1', `${hide(['iptables-restore', 'ip6tables-restore'])}; true`);
    await expect(ladder().perform(host(), blockOf(FIRST, ['192.0.2.1']), CONTEXT)).rejects.toMatchObject({
      code: 'UNSUPPORTED_HOST',
    });
  });
});
