import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { ACCOUNT_PROGRAMS } from '../../../src/adapters/accounts/account-programs';
import { FEED_JAIL } from '../../../src/adapters/fail2ban/jail-feeding';
import { SourceBlockDriver } from '../../../src/adapters/host-script/source-blocks/source-block-driver';
import { IsolationGate } from '../../../src/adapters/isolation/isolation-gate';
import { ISOLATION_PROGRAMS } from '../../../src/adapters/isolation/isolation-programs';
import { Isolations } from '../../../src/adapters/isolation/isolations';
import { NFTABLES_RUNG } from '../../../src/adapters/nftables/nftables-rung';
import { NodeSshHostShell } from '../../../src/adapters/ssh/node-ssh-host-shell';
import type { IncidentId } from '../../../src/domain/ids';
import type { Order, SignedOrder } from '../../../src/domain/order';
import type { BlockSources, DisableAccount, IsolateHost } from '../../../src/domain/plan';
import type { ActContext } from '../../../src/ports/containment';
import { actionId, CONTEXT, FIRST, inAnHour, LabWorld, SECOND } from '../isolation/support/lab-world';
import { isolateOrder, signOrder } from '../isolation/support/operated-shell';

const SIGNERS = '/etc/firebreak/signers';
const SOURCES = ['198.51.100.7', '198.51.100.8', '2001:db8:66::/48'];
const JAIL = 'sshd';
/** One for all calls: another end would be another plan. */
const END = inAnHour();

describe('H6 a host lets somebody in again by an operator’s signed order only', () => {
  let world: LabWorld;
  let shell: NodeSshHostShell;
  let blocks: SourceBlockDriver;
  let accounts: AccountDisabling;
  let isolations: Isolations;

  beforeAll(async () => {
    const blockScripts = [new SourceBlockDriver(NFTABLES_RUNG, new NodeSshHostShell()).script, FEED_JAIL];
    world = await LabWorld.up(
      [{ name: 'web-1', role: 'host' }],
      [...ACCOUNT_PROGRAMS, ...ISOLATION_PROGRAMS, ...blockScripts],
    );
    // Nobody signs but who the test lets sign.
    shell = new NodeSshHostShell();
    blocks = new SourceBlockDriver(NFTABLES_RUNG, shell);
    accounts = new AccountDisabling(shell);
    isolations = new Isolations(new IsolationGate(shell));
    for (const name of ['leaver', 'detector'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key(name)]);
    const leaver = execFileSync('cat', [`${key('leaver')}.pub`], { encoding: 'utf8' }).trim();
    await world.on(
      'web-1',
      `useradd -m -s /bin/bash -G sudo steward; useradd -m -s /bin/bash mallory
      echo 'leaver namespaces="firebreak",valid-before="20200101" ${leaver}' >>${SIGNERS}; cp ${SIGNERS} /root/signers`,
    );
    await Promise.all([
      blocks.perform(host(), block(), CONTEXT),
      accounts.perform(host(), disable(), CONTEXT),
      isolations.perform(host(), isolate(), CONTEXT),
    ]);
  }, 600_000);
  afterAll(async () => {
    await shell?.close();
    await world?.down();
  });

  const key = (name: string) => join(world.operatorKey, '..', name);
  const host = () => world.host('web-1');
  const by = (order: SignedOrder | undefined): ActContext => (order === undefined ? CONTEXT : { ...CONTEXT, order });
  const release = (incident: IncidentId = FIRST, reason = 'all clear'): Order => ({
    action: 'release',
    incident,
    reason,
  });

  const common = (kind: string, incident: IncidentId) =>
    ({ id: actionId(incident, kind, 'web-1'), host: 'web-1', approval: 'none', expiresAt: END }) as const;
  const block = (incident = FIRST, more: Partial<BlockSources> = {}): BlockSources => ({
    ...common('block-sources', incident),
    kind: 'block-sources',
    direction: 'in',
    sources: SOURCES,
    protect: [],
    ...more,
  });
  const disable = (incident = FIRST): DisableAccount => ({
    ...common('disable-account', incident),
    kind: 'disable-account',
    account: 'mallory',
  });
  const isolate = (incident = FIRST, more: Partial<IsolateHost> = {}): IsolateHost => ({
    ...common('isolate-host', incident),
    kind: 'isolate-host',
    management: world.management,
    onUnconfirmed: 'disarm',
    ...more,
  });

  const undo: Readonly<Record<string, (order: SignedOrder | undefined, incident?: IncidentId) => Promise<unknown>>> = {
    blocks: (order, incident) => blocks.undo(host(), block(incident), by(order)),
    'a locked account': (order, incident) => accounts.undo(host(), disable(incident), by(order)),
    isolation: (order, incident) => isolations.undo(host(), isolate(incident), by(order)),
  };

  /** Everything that an undo would change. */
  const state = () =>
    world.on(
      'web-1',
      `nft -s list ruleset | grep -v counter; grep '^mallory:' /etc/shadow
      find /var/lib/firebreak -type f ! -name lock -exec sha256sum {} + | sort -k 2`,
    );

  async function changed(): Promise<SignedOrder> {
    const { signedText, signature } = await signOrder(release(SECOND), world.operatorKey);
    return { signedText: signedText.replace(SECOND, FIRST), signature };
  }

  async function forAnotherPurpose(): Promise<SignedOrder> {
    const { signedText } = await signOrder(release(), world.operatorKey);
    const signature = execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'file', '-f', world.operatorKey], {
      input: signedText,
      encoding: 'utf8',
    });
    return { signedText, signature };
  }

  /** The words of an order of FIRST, where the order itself is of SECOND. */
  const spoken = `x"},"order":{"action":"release","incident":"${FIRST}","reason":""},"v":1}`;

  const REFUSED: readonly (readonly [string, () => Promise<SignedOrder | undefined>])[] = [
    ['no order', () => Promise.resolve(undefined)],
    ['the release of another incident', () => signOrder(release(SECOND), world.operatorKey)],
    ['words of this incident in the release of another', () => signOrder(release(SECOND, spoken), world.operatorKey)],
    [
      'the order to respond, before its time is over',
      () => signOrder(isolateOrder(FIRST, ['web-1']), world.operatorKey),
    ],
    [
      'an order that ends nothing',
      () => signOrder({ action: 'acknowledge', incident: FIRST, reason: '' }, world.operatorKey),
    ],
    ['a changed text', changed],
    ['another key under a signer’s name', () => signOrder(release(), world.personKey)],
    ['an unknown signer', () => signOrder(release(), world.personKey, { operator: 'stranger' })],
    ['a signer whose time is over', () => signOrder(release(), key('leaver'), { operator: 'leaver' })],
    ['a detector’s key', () => signOrder(release(), key('detector'), { operator: 'detector' })],
    ['a signature for another purpose', forAnotherPurpose],
    ['a request with a field more', () => signOrder(release(), world.operatorKey, { extra: 1 })],
  ];

  // Every program that undoes asks the same check; what differs is that it asks at all.
  it.each(['blocks', 'a locked account'])(
    '%s: no order and the release of another incident undo nothing',
    async (kind) => {
      const before = await state();
      for (const order of [undefined, await signOrder(release(SECOND), world.operatorKey)])
        await expect(undo[kind]?.(order)).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
      expect(await state()).toBe(before);
    },
  );

  describe('isolation', () => {
    it.each(REFUSED)('%s undoes nothing', async (_what, order) => {
      const before = await state();
      await expect(undo['isolation']?.(await order())).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
      expect(await state()).toBe(before);
    });

    it.each([
      ['is missing', `rm ${SIGNERS}`],
      ['can be written by others', `chmod 646 ${SIGNERS}`],
      ['belongs to somebody else', `chown 1000 ${SIGNERS}`],
      ['is a link', `mv ${SIGNERS} /root/elsewhere; ln -s /root/elsewhere ${SIGNERS}`],
    ])(
      'a list of signers that %s opens nothing, and the error names the command that mends it',
      async (_what, change) => {
        await world.on('web-1', change);
        const order = await signOrder(release(), world.operatorKey);
        const before = await state();
        await expect(undo['isolation']?.(order)).rejects.toMatchObject({
          code: 'HOST_ORDER_UNCHECKED',
          message: expect.stringContaining('firebreak host setup') as string,
        });
        expect(await state()).toBe(before);
        await world.on('web-1', `rm -f ${SIGNERS}; cp /root/signers ${SIGNERS}`);
      },
    );
  });

  it('a signer who was taken out of the list opens nothing any more', async () => {
    await world.on('web-1', `sed -i '/^oncall /d' ${SIGNERS}`);
    const order = await signOrder(release(), world.operatorKey);
    await expect(undo['isolation']?.(order)).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
    await world.on('web-1', `cp /root/signers ${SIGNERS}`);
  });

  it('nor is there a way around by the header of the program or the jail', async () => {
    const run = (input: string, script = blocks.script) => shell.run(host(), script, { timeoutMs: 30_000, input });
    const refused = expect.objectContaining({ code: 'HOST_ORDER_REFUSED' }) as Error;
    const { id } = block();
    await expect(run(`op verify\naction ${id}\nop release\n\n`)).rejects.toThrow(refused);
    await expect(run(`op verify\naction ${id}\no\0p release\n\n`)).rejects.toThrow();
    await expect(run(`op withdraw\naction ${id}\njail ${JAIL}\n\n`, FEED_JAIL)).rejects.toThrow(refused);
    expect(await world.on('web-1', `cat /var/lib/firebreak/${id.replaceAll(':', '+')}/state`)).toBe('confirmed');
  });

  it('a second isolation does not open the first one, whatever it lets in', async () => {
    const wide = isolate(SECOND, { management: [...world.management, '192.0.2.0/24'] });
    const sets = 'for s in management4 management6 ssh_ports; do nft list set inet firebreak_iso $s; done';
    const before = await world.on('web-1', sets);
    await isolations.perform(world.host('web-1', { port: 22, alternatePort: 8080 }), wide, CONTEXT);
    expect(await world.on('web-1', sets)).toBe(before);
    await isolations.undo(host(), wide, by(await signOrder(release(SECOND), world.operatorKey)));
    expect(await world.on('web-1', sets)).toBe(before);
  });

  it('containment needs no order and no list', async () => {
    await world.on('web-1', `rm ${SIGNERS} /etc/firebreak/name; useradd -m trudy`);
    const locked = { ...disable(SECOND), account: 'trudy', id: actionId(SECOND, 'disable-account', 'web-1', 'trudy') };
    expect(await accounts.perform(host(), locked, CONTEXT)).toMatchObject({ verified: true });
    expect(await blocks.perform(host(), block(SECOND), CONTEXT)).toMatchObject({ verified: true });
    expect(await blocks.reassert(host(), block(SECOND), CONTEXT)).toMatchObject({ verified: true });
    await world.on('web-1', `cp /root/signers ${SIGNERS}; echo web-1 >/etc/firebreak/name`);
  });

  describe('single addresses', () => {
    const lift = async (order: Order, sources: readonly string[]) =>
      blocks.lift(host(), block(SECOND), sources, by(await signOrder(order, world.operatorKey)));
    const unblock = (targets: readonly string[], hosts: readonly string[] = [], incident = SECOND): Order => ({
      action: 'unblock',
      incident,
      targets,
      hosts,
      reason: 'customer "X", 日本語',
    });
    const [first = '', second = '', third = ''] = SOURCES;

    it.each([
      ['of other addresses', unblock([first])],
      ['for another host', unblock([first, second], ['db-1', 'web-10'])],
      ['of another incident', unblock([first, second], [], FIRST)],
    ])('an order %s unblocks nothing', async (_what, order) => {
      const before = await state();
      await expect(lift(order, [first, second])).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
      expect(await state()).toBe(before);
    });

    it('the order that names them does, here or on every host', async () => {
      expect((await lift(unblock([second, first], ['db-1', 'web-1']), [first])).result.counts.applied).toBe(1);
      expect((await lift(unblock([third, second]), [second, third])).result.counts.applied).toBe(2);
    });
  });

  it.each(Object.keys(undo))('%s: the release does, once and again', async (kind) => {
    const order = await signOrder(release(FIRST, 'a "quoted" \\ reason, 日本語\n{}'), world.operatorKey);
    // Machines of other hosts that are gone are no business of this one.
    const givingUp: Order = { action: 'release', incident: FIRST, gone: ['db-1', 'web-2'], reason: '' };
    const first = await signOrder(givingUp, world.operatorKey);
    await expect(undo[kind]?.(first)).resolves.toMatchObject({ verified: true });
    const after = await state();
    await expect(undo[kind]?.(order)).resolves.toMatchObject({ replayed: true });
    expect(await state()).toBe(after);
    // Nothing of the incident comes back, so that the order is used up.
    await expect(blocks.perform(host(), block(), CONTEXT)).resolves.toMatchObject({ counts: { applied: 0 } });
  });

  describe('when the end of a control is over by what the host has kept', () => {
    it('it is undone without an order, and not before', async () => {
      const id = actionId(SECOND, 'disable-account', 'web-1', 'trudy');
      const locked: DisableAccount = { ...disable(SECOND), account: 'trudy', id };
      const record = (seconds: number) =>
        world.on(
          'web-1',
          `echo "end $(($(date +%s) + ${seconds}))" >/var/lib/firebreak/${id.replaceAll(':', '+')}/end`,
        );
      await record(120);
      await expect(accounts.undo(host(), locked, CONTEXT)).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
      await record(-1);
      await expect(accounts.undo(host(), locked, CONTEXT)).resolves.toMatchObject({ verified: true });
    });

    it('a clock that jumps opens nothing before the next boot', async () => {
      const id = actionId(SECOND, 'disable-account', 'web-1', 'jumper');
      await world.on('web-1', 'useradd -m jumper');
      const locked: DisableAccount = { ...disable(SECOND), account: 'jumper', id };
      await accounts.perform(host(), locked, CONTEXT);
      const record = `/var/lib/firebreak/${id.replaceAll(':', '+')}/end`;
      // As if the wall clock had gone on: its end is over, that by the uptime is not.
      await world.on('web-1', `sed -i 's/^end .*/end 1000/' ${record}`);
      await expect(accounts.undo(host(), locked, CONTEXT)).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
      await world.on('web-1', `sed -i 's/^end .*/end 99999999999/; s/^uptime .*/uptime 1/' ${record}`);
      await expect(accounts.undo(host(), locked, CONTEXT)).resolves.toMatchObject({ verified: true });
    });

    it('blocks and isolation have had their ends in the host’s journal before', async () => {
      const third = 'INC-20261120-9J5N' as IncidentId;
      const expiresAt = new Date(Date.now() + 20_000).toISOString();
      await blocks.perform(host(), block(third, { expiresAt }), CONTEXT);
      await isolations.perform(host(), isolate(third, { expiresAt }), CONTEXT);
      await expect(blocks.undo(host(), block(third), CONTEXT)).resolves.toMatchObject({ verified: true });
      await expect(isolations.undo(host(), isolate(third), CONTEXT)).resolves.toMatchObject({ verified: true });
    });
  });
});
