import { FEED_JAIL } from '../../../src/adapters/fail2ban/jail-feeding';
import {
  DISABLE_ACCOUNT,
  REMOVE_EMERGENCY_ACCESS,
  RESTORE_ACCOUNT,
} from '../../../src/adapters/accounts/account-programs';
import { INTERFACES_UP, ISOLATE, LIFT_ISOLATION } from '../../../src/adapters/isolation/isolation-programs';
import { NodeSshHostShell } from '../../../src/adapters/ssh/node-ssh-host-shell';
import { composeContainment } from '../../../src/composition/containment';
import { HOST_PROGRAMS, HOST_RESTORERS } from '../../../src/composition/host-programs';
import { parseRange } from '../../../src/domain/addresses';
import type { ActionId, IncidentId } from '../../../src/domain/ids';
import type { Order, SignedOrder } from '../../../src/domain/order';
import type { PlannedAction } from '../../../src/domain/plan';
import type { HostScript } from '../../../src/ports/host-shell';
import { actionId, CONTEXT, FIRST, inAnHour, LabWorld, SECOND } from '../isolation/support/lab-world';
import { signOrder } from '../isolation/support/operated-shell';

const END = inAnHour();
const SOURCES = ['198.51.100.7', '2001:db8:66::/48'];
/** The operations of programs that have several; those that try something and keep nothing open no journal. */
const OPS: Readonly<Record<string, readonly string[]>> = {
  'block-sources-nftables': ['apply', 'confirm', 'verify', 'reassert', 'release', 'lift'],
  'block-sources-ipset': ['apply', 'confirm', 'verify', 'reassert', 'release', 'lift'],
  'block-sources-iptables': ['apply', 'confirm', 'verify', 'reassert', 'release', 'lift'],
  'feed-jail': ['feed', 'let_go', 'withdraw'],
};
const ISOLATIONS = ['isolate-host', 'isolate-segment', 'forced-isolation'];
/** What each program is for. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'block-sources-nftables': ['block-sources'],
  'block-sources-ipset': ['block-sources'],
  'block-sources-iptables': ['block-sources'],
  'feed-jail': ['block-sources'],
  'disable-account': ['disable-account'],
  'check-account': ['disable-account'],
  'restore-account': ['disable-account'],
  'grant-emergency-access': ['emergency-access'],
  'check-emergency-access': ['emergency-access'],
  'remove-emergency-access': ['emergency-access'],
  isolate: ISOLATIONS,
  'confirm-isolation': ISOLATIONS,
  'check-isolation': ISOLATIONS,
  'lift-isolation': ISOLATIONS,
  'interfaces-down': ['forced-isolation'],
  'interfaces-up': ['forced-isolation'],
  'heighten-monitoring': ['heighten-monitoring'],
  'check-monitoring': ['heighten-monitoring'],
  'restore-monitoring': ['heighten-monitoring'],
};
/** `host-facts` holds the text of the block programs and opens nothing. */
const OPENING = HOST_PROGRAMS.filter(({ name, text }) => name !== 'host-facts' && text.includes('"$h_action"'));

describe('H6 whoever holds the workers’ key does nothing to an act through the programs of another', () => {
  let world: LabWorld;
  /** Nobody signs but who the test lets sign. */
  let shell: NodeSshHostShell;
  let acts: ReturnType<typeof composeContainment>;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], HOST_PROGRAMS, HOST_RESTORERS);
    shell = new NodeSshHostShell();
    acts = composeContainment(shell, () => new Date());
    await world.on(
      'web-1',
      `systemctl stop firebreak-ends.timer; useradd -m -s /bin/bash -G sudo steward
      for name in mallory trudy oscar; do useradd -m -s /bin/bash $name; done
      for i in $(seq 100); do fail2ban-client ping >/dev/null 2>&1 && break; sleep 0.2; done`,
    );
    const signing = composeContainment(world.shell, () => new Date());
    for (const action of Object.values(planned(FIRST)))
      expect(await signing.containment.perform(host(), action, CONTEXT)).toMatchObject({ verified: true });
  }, 600_000);
  afterAll(async () => {
    await shell?.close();
    await world?.down();
  });

  const host = () => world.host('web-1');
  const id = (kind: string, incident: IncidentId = FIRST): ActionId => actionId(incident, kind, 'web-1');
  const journal = (of: ActionId) => `/var/lib/firebreak/${of.replaceAll(':', '+')}`;
  const run = (script: HostScript, input: string, order?: SignedOrder) =>
    shell.run(host(), script, { timeoutMs: 45_000, input, order });
  const release = (incident: IncidentId = FIRST): Promise<SignedOrder> => {
    const order: Order = { action: 'release', incident, reason: 'all clear' };
    return signOrder(order, world.operatorKey);
  };

  function planned(incident: IncidentId) {
    const common = (kind: string) =>
      ({ id: id(kind, incident), host: 'web-1', approval: 'none', expiresAt: END }) as const;
    return {
      'emergency-access': {
        ...common('emergency-access'),
        kind: 'emergency-access',
        account: 'fb-rescue',
        publicKeys: [world.personPublicKey],
        from: world.management,
      },
      'block-sources': {
        ...common('block-sources'),
        kind: 'block-sources',
        direction: 'in',
        sources: SOURCES,
        protect: [],
        jail: 'sshd',
      },
      'disable-account': { ...common('disable-account'), kind: 'disable-account', account: 'mallory' },
      'isolate-host': {
        ...common('isolate-host'),
        kind: 'isolate-host',
        management: world.management,
        onUnconfirmed: 'disarm',
      },
      'heighten-monitoring': { ...common('heighten-monitoring'), kind: 'heighten-monitoring' },
    } satisfies Record<string, PlannedAction>;
  }

  /** Everything that a program could change of an act, the empty directory of a journal included. */
  const state = () =>
    world.on(
      'web-1',
      `nft -s list ruleset | grep -v counter; cat /etc/shadow; ls /etc/sudoers.d; fail2ban-client get sshd banip
      find /var/lib/firebreak -mindepth 1 ! -name lock | sort
      find /var/lib/firebreak -type f ! -name lock -exec sha256sum {} + | sort -k 2`,
    );

  /** Every word that any program asks for. */
  const header = (action: string, more: Readonly<Record<string, string>>) =>
    `${Object.entries({
      action,
      plan: 'a'.repeat(64),
      mode: 'reassert',
      scope: 'host',
      policy: 'keep',
      armed: '60',
      ttl: '60',
      until: '4000000000',
      ports: '22',
      allow: world.management.map((prefix) => parseRange(prefix)?.text).join(','),
      address: host().address,
      account: 'mallory',
      own: host().user,
      from: world.management.join(','),
      confirm: '1',
      jail: 'sshd',
      direction: 'in',
      ...more,
    })
      .map(([key, value]) => `${key} ${value}\n`)
      .join('')}\n`;

  async function said(ran: Promise<{ readonly code: number; readonly stderr: string }>): Promise<string> {
    return ran.then(
      ({ code, stderr }) => `exit ${code} ${stderr}`,
      (error: Error) => error.message,
    );
  }

  it('every program that opens a journal is looked at here', () => {
    expect(OPENING.map(({ name }) => name).sort()).toEqual(Object.keys(KINDS).sort());
  });

  it.each(OPENING.map((script) => [script.name, script] as const))(
    '%s: an act of another kind is refused before anything is read or written',
    async (name, script) => {
      const before = await state();
      const foreign = Object.keys(planned(FIRST)).filter((kind) => !KINDS[name]?.includes(kind));
      for (const kind of foreign)
        for (const op of OPS[name] ?? ['none'])
          expect(await said(run(script, `${header(id(kind), { op })}block ${SOURCES[0]}\n`))).toContain(
            `this program is not for acts of the kind ${kind}`,
          );
      expect(await state()).toBe(before);
    },
  );

  it.each([
    ['no kind', `${FIRST}:web-1`],
    ['an empty kind', `${FIRST}::web-1`],
    ['its kind in another place', `${FIRST}:isolate-host:emergency-access:web-1`],
    ['two kinds', `${FIRST}:isolate-host emergency-access:web-1`],
    ['a way out of the directory', `INC-/../x:emergency-access:web-1`],
    ['the name of another journal', `${FIRST}+isolate-host+web-1:emergency-access:web-1`],
  ])('an id with %s is none', async (_what, odd) => {
    const before = await state();
    expect(await said(run(REMOVE_EMERGENCY_ACCESS, header(odd, { account: 'fb-rescue' })))).toMatch(/^exit 64 /);
    expect(await state()).toBe(before);
  });

  describe('an undo of another thing than the act holds marks nothing, with an order or without', () => {
    it.each([
      ['another emergency account', REMOVE_EMERGENCY_ACCESS, 'emergency-access', { account: 'fb-other' }],
      ['another account', RESTORE_ACCOUNT, 'disable-account', { account: 'trudy' }],
      ['another scope', LIFT_ISOLATION, 'isolate-host', { scope: 'forward/segment/dmz' }],
      ['another jail', FEED_JAIL, 'block-sources', { op: 'withdraw', jail: 'recidive' }],
    ] as const)('%s', async (_what, script, kind, more) => {
      const before = await state();
      const order = await release();
      expect(await said(run(script, header(id(kind), more), order))).toMatch(/^exit 66 /);
      expect(await said(run(script, header(id(kind), more)))).toMatch(/^exit 66 |without a signed order/);
      expect(await state()).toBe(before);
    });
  });

  it.each([
    ['account', DISABLE_ACCOUNT, 'disable-account', { account: 'trudy' }],
    ['scope', ISOLATE, 'isolate-host', { scope: 'forward/segment/dmz', cut: '192.0.2.0/24' }],
  ] as const)(
    'H10 an act that is given again for another %s changes neither its record nor anything else',
    async (_what, script, kind, more) => {
      const before = await state();
      const plan = await world.on('web-1', `cat ${journal(id(kind))}/plan`);
      expect(await said(run(script, header(id(kind), { plan, ttl: '7200', ...more })))).toMatch(
        /^exit 66 .*undone in another way/,
      );
      expect(await state()).toBe(before);
    },
  );

  it('the latest of all ends counts: a short record opens nothing', async () => {
    const block = planned(FIRST)['block-sources'];
    const record = `${journal(block.id)}/end`;
    await world.on('web-1', `cp ${record} /root/end; sed -i 's/^end .*/end 1000/' ${record}`);
    const before = await state();
    await expect(acts.containment.undo(host(), block, CONTEXT)).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
    expect(await state()).toBe(before);
    await world.on('web-1', `mv /root/end ${record}`);
  });

  it('nor does the end of one rung of forced isolation open the next', async () => {
    const forced = journal(id('forced-isolation'));
    await world.on(
      'web-1',
      `mkdir -p ${forced}/interfaces; cd ${forced}; echo undone >state; date +%s >host-end
      echo applied >interfaces/state; : >interfaces/before; echo "end $(($(date +%s) + 3600))" >interfaces/end`,
    );
    const before = await state();
    await expect(run(INTERFACES_UP, header(id('forced-isolation'), {}))).rejects.toMatchObject({
      code: 'HOST_ORDER_REFUSED',
    });
    expect(await state()).toBe(before);
    await world.on('web-1', `rm -r ${forced}`);
  });

  describe('an undo without an order', () => {
    const WITH_ORDER = ['block-sources', 'disable-account', 'isolate-host'] as const;

    it.each(WITH_ORDER)(
      '%s: passes where the act never came, leaves nothing, and keeps nothing from coming',
      async (kind) => {
        const before = await state();
        const action = planned(SECOND)[kind];
        const undone = await acts.containment.undo(host(), action, CONTEXT);
        expect(undone.counts).toMatchObject({ applied: 0, refused: 0, failed: 0, unknown: 0 });
        expect(undone.notes.join()).not.toMatch(/HOST_|jail/);
        expect(await state()).toBe(before);
      },
    );

    it('forced isolation: so does each rung that was never climbed', async () => {
      const before = await state();
      const lifted = await acts.forced.lift(host(), undefined, id('forced-isolation', SECOND), undefined, CONTEXT);
      expect(lifted.counts).toMatchObject({ missing: 1 });
      expect(await state()).toBe(before);
    });

    it('is refused for what was cut off half way', async () => {
      const action = planned(FIRST)['disable-account'];
      const place = journal(action.id);
      for (const half of ['echo prepared >state', ': >state', 'rm state']) {
        await world.on('web-1', `cp -a ${place} /root/whole; cd ${place}; ${half}`);
        const before = await state();
        await expect(acts.containment.undo(host(), action, CONTEXT)).rejects.toMatchObject({
          code: 'HOST_ORDER_REFUSED',
        });
        expect(await state()).toBe(before);
        await world.on('web-1', `rm -r ${place}; mv /root/whole ${place}`);
      }
    });

    it('does not get in beside the act: what many ask for at the same time is answered or refused', async () => {
      const account = { ...planned(SECOND)['disable-account'], account: 'oscar' };
      const block = planned(SECOND)['block-sources'];
      const storm = [account, block].flatMap((action) =>
        Array.from({ length: 4 }, () =>
          acts.containment.undo(host(), action, CONTEXT).then(
            ({ counts }) => counts.applied,
            ({ code }: { code: string }) => code,
          ),
        ),
      );
      const [disabled, blocked] = await Promise.all([
        acts.containment.perform(host(), account, CONTEXT),
        acts.containment.perform(host(), block, CONTEXT),
      ]);
      for (const outcome of await Promise.all(storm))
        expect([0, 'HOST_ORDER_REFUSED', 'HOST_TIMEOUT']).toContain(outcome);
      expect([disabled, blocked]).toMatchObject([{ verified: true }, { verified: true }]);
      for (const action of [account, block])
        expect(await acts.containment.verify(host(), action, CONTEXT)).toMatchObject({ verified: true });
    });

    it.each(WITH_ORDER)('%s: is answered again once the release has undone it, and changes nothing', async (kind) => {
      const action = planned(FIRST)[kind];
      const order = await release();
      expect(await acts.containment.undo(host(), action, { ...CONTEXT, order })).toMatchObject({ verified: true });
      const before = await state();
      expect(await acts.containment.undo(host(), action, CONTEXT)).toMatchObject({ replayed: true });
      expect(await state()).toBe(before);
    });

    it('is refused for what an undo left behind its mark when it was cut off; with an order the next one does the rest', async () => {
      const account = { ...planned(SECOND)['disable-account'], account: 'oscar' };
      const hold = '/var/lib/firebreak/holds/account-oscar';
      const record = `${journal(account.id)}/end`;
      await world.on('web-1', `cp -a ${hold} /root/hold; cp ${record} /root/end`);
      const order = await release(SECOND);
      const undo = () => acts.containment.undo(host(), account, { ...CONTEXT, order });
      expect(await undo()).toMatchObject({ verified: true });
      await world.on('web-1', `mv /root/hold ${hold}; mv /root/end ${record}`);
      const before = await state();
      await expect(acts.containment.undo(host(), account, CONTEXT)).rejects.toMatchObject({
        code: 'HOST_ORDER_REFUSED',
      });
      expect(await state()).toBe(before);
      expect(await undo()).toMatchObject({ verified: true });
      await expect(world.on('web-1', `ls -d ${hold} ${record} 2>/dev/null || true`)).resolves.toBe('');
    });

    it('a block that its own mark says is undone and the kernel still has is not opened', async () => {
      const block = planned(SECOND)['block-sources'];
      await world.on('web-1', `echo undone >${journal(block.id)}/state`);
      const before = await state();
      await expect(acts.containment.undo(host(), block, CONTEXT)).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
      expect(await state()).toBe(before);
    });
  });
});
