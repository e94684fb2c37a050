import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FEED_JAIL, JailClearing, JailFeeding } from '../../../../src/adapters/fail2ban/jail-feeding';
import { composeContainment } from '../../../../src/composition/containment';
import { HOST_PROGRAMS } from '../../../../src/composition/host-programs';
import { inEnglish } from '../../../../src/domain/fact-words';
import { FirebreakError } from '../../../../src/domain/errors';
import type { ActionResult, BlockSources } from '../../../../src/domain/plan';
import type { ContainmentDriver } from '../../../../src/ports/containment';
import { actionFor, type Answer, contextOf, EXPIRES, hostOf, ScriptedShell } from '../isolation/support/scripted-shell';

const BLOCK: BlockSources = {
  id: actionFor('block-sources'),
  kind: 'block-sources',
  host: 'web-1',
  approval: 'none',
  expiresAt: EXPIRES,
  direction: 'in',
  sources: ['198.18.0.1'],
  protect: [],
};
const FED: BlockSources = { ...BLOCK, jail: 'sshd' };
const DONE = {
  verified: true,
  notes: ['0 sessions ended'],
  startedAt: '2026-11-20T03:00:00.000Z',
  endedAt: '2026-11-20T03:00:01.000Z',
} as unknown as ActionResult;

function feeding(answer: Answer | undefined, result: ActionResult = DONE) {
  const shell = new ScriptedShell(answer === undefined ? {} : { 'feed-jail': [answer] });
  const act = () => Promise.resolve(result);
  const blocks: ContainmentDriver<BlockSources> = {
    kinds: ['block-sources'],
    perform: act,
    verify: act,
    reassert: act,
    undo: act,
  };
  return { shell, driver: new JailFeeding(blocks, shell) };
}
const noteOf = async (answer: Answer, act: 'perform' | 'undo' = 'perform') => {
  const result = await feeding(answer).driver[act](hostOf('web-1'), FED, contextOf());
  const told = result.remarks ?? [];
  expect(result).toEqual({
    ...DONE,
    notes: [DONE.notes[0], ...told.map(inEnglish)],
    ...(told.length === 0 ? {} : { remarks: told }),
  });
  expect(result.notes.length).toBeLessThanOrEqual(2);
  return result.notes[1];
};

describe('C1 a fail2ban jail is fed as well', () => {
  test('only for acts that name a jail, and never by looking', async () => {
    const { driver, shell } = feeding(undefined);
    for (const act of ['perform', 'verify', 'reassert', 'undo'] as const) {
      expect(await driver[act](hostOf('web-1', { fail2banJail: 'sshd' }), BLOCK, contextOf())).toBe(DONE);
    }
    await driver.verify(hostOf('web-1'), FED, contextOf());
    expect(shell.calls).toEqual([]);
  });

  test('the host’s program is told which act and which jail, and nothing else', async () => {
    const { driver, shell } = feeding([]);
    await driver.perform(hostOf('web-1'), FED, contextOf());
    await driver.reassert(hostOf('web-1'), FED, contextOf());
    await driver.undo(hostOf('web-1'), FED, contextOf());
    const header = (op: string) => `op ${op}\naction ${FED.id}\njail sshd\n\n`;
    expect(shell.calls.map((call) => call.header)).toEqual([header('feed'), header('feed'), header('withdraw')]);
  });

  test('and that the act is in force, where it is undone and the record says so', async () => {
    const { driver, shell } = feeding([]);
    await driver.undo(hostOf('web-1'), FED, { ...contextOf(), inForce: true });
    expect(shell.calls.map((call) => call.header)).toEqual([
      `op withdraw\naction ${FED.id}\njail sshd\nin_force 1\n\n`,
    ]);
  });

  test.each<[Answer, string | undefined]>([
    [
      ['fed 12', 'already 3', 'shared 0', 'left 0', 'prefixes 1'],
      '12 addresses fed, 3 banned there before, 1 prefixes',
    ],
    [['fed 200', 'left 800'], '200 addresses fed, 800 not fed (at most 300, in 4 s)'],
    [['why silent'], 'not fed, or not read back: fail2ban does not run, or does not answer in time'],
    [['why silent', 'sent 40'], '40 addresses sent, not fed, or not read back: fail2ban does not run'],
    [['why unknown'], 'fail2ban has no such jail'],
    [['why constructor'], 'the host does not say why'],
    [['fed many'], '(VERIFY_FAILED)'],
    [new FirebreakError('HOST_TIMEOUT'), '(HOST_TIMEOUT)'],
    [new FirebreakError('HOST_SCRIPT_REFUSED'), '(HOST_SCRIPT_REFUSED)'],
    [[], undefined],
  ])('what came of it is a note and leaves the block’s result as it is: %p', async (answer, words) => {
    const note = await noteOf(answer);
    if (words === undefined) expect(note).toBeUndefined();
    else expect(note).toContain(words);
    if (note !== undefined) expect(note).toMatch(/^fail2ban jail sshd: /);
  });

  test.each<[Answer, string]>([
    [
      ['taken 4', 'kept 2', 'own 1', 'left 0'],
      '4 addresses taken out, 2 kept for another incident, 1 banned by fail2ban',
    ],
    [['why silent'], 'its own time ends the bans: fail2ban does not run'],
    [['why lost'], 'its own time ends the bans: the host has lost its journal of this block'],
    [new FirebreakError('OUTCOME_UNKNOWN'), 'its own time ends the bans (OUTCOME_UNKNOWN)'],
  ])('so is what came of the release: %p', async (answer, words) => {
    expect(await noteOf(answer, 'undo')).toContain(words);
  });

  describe('B5 sources that are let go', () => {
    const lift = (answer: Answer, action = FED) => {
      const shell = new ScriptedShell({ 'feed-jail': [answer] });
      const blocks = { lift: () => Promise.resolve({ result: DONE, notInForce: [] }) };
      const lifted = new JailClearing(blocks, shell).lift(hostOf('web-1'), action, ['198.18.0.1'], contextOf());
      return { lifted, shell };
    };

    test('are taken out of the jail of the act, where it has one', async () => {
      const { lifted, shell } = lift(['taken 1', 'own 1', 'left 0']);
      expect((await lifted).result.notes[1]).toMatch(
        /^fail2ban jail sshd: 1 addresses taken out, 1 banned by fail2ban/,
      );
      expect(shell.calls.map((call) => call.header)).toEqual([`op let_go\naction ${FED.id}\njail sshd\n\n`]);
      const none = lift([], BLOCK);
      expect((await none.lifted).result).toBe(DONE);
      expect(none.shell.calls).toEqual([]);
    });

    test.each<[Answer]>([[[]], [['why absent']], [['why unknown']]])(
      'are let go where nothing is banned: %p',
      async (answer) => {
        expect(await lift(answer).lifted).toMatchObject({ notInForce: [] });
      },
    );

    test.each<[Answer]>([
      [['taken 1', 'left 1']],
      [['why silent']],
      [['why odd']],
      [['why lost']],
      [['left many']],
      [new FirebreakError('HOST_TIMEOUT')],
    ])('are not let go while it may still ban them: %p', async (answer) => {
      await expect(lift(answer).lifted).rejects.toMatchObject({
        code: 'VERIFY_FAILED',
        message: expect.stringContaining('fail2ban jail sshd: ') as unknown,
      });
    });
  });

  test('C11 is wired to the blocks that workers make, and in the hosts’ allow list', async () => {
    const shell = new ScriptedShell({
      'block-sources-nftables': [['was confirmed', 'state undone', 'packets 0']],
      'feed-jail': [['taken 1']],
    });
    const { containment } = composeContainment(shell, () => new Date());
    const { notes } = await containment.undo(hostOf('web-1'), FED, contextOf());
    expect(notes).toEqual(['fail2ban jail sshd: 1 addresses taken out']);
    expect(HOST_PROGRAMS).toContain(FEED_JAIL);
  });

  test('an attempt without time to spare waits a short time only', async () => {
    const limits: number[] = [];
    const slow = { ...DONE, endedAt: '2026-11-20T03:00:40.000Z' };
    for (const [result, attempt] of [
      [DONE, 1],
      [DONE, 2],
      [slow, 1],
    ] as const) {
      const { driver, shell } = feeding([], result);
      const run = shell.run.bind(shell);
      shell.run = (host, script, options) => {
        limits.push(options.timeoutMs);
        return run(host, script, options);
      };
      await driver.perform(hostOf('web-1'), FED, { ...contextOf(), attempt });
    }
    expect(limits).toEqual([25_000, 6_000, 6_000]);
  });
});

describe('what a host makes of a jail’s list', () => {
  let home: string;
  beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'firebreak-jail-'))));
  afterEach(() => rmSync(home, { recursive: true }));

  const FUNCTIONS = FEED_JAIL.text.slice(0, FEED_JAIL.text.indexOf('# --- feed a jail, and take out again'));
  /** Runs shell words with the functions of the program, under sh as on a host. */
  const sh = (words: string, input = '') =>
    spawnSync('sh', ['-s'], {
      input: `${FUNCTIONS}\nfb_dir=${home} h_jail=sshd hold=${home}/hold hold_mine=${home}/hold/owners/INC-mine\n${words}\n`,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, INPUT: input },
    });
  const file = (name: string, lines: readonly string[]) =>
    writeFileSync(join(home, name), lines.map((line) => `${line}\n`).join(''));
  const LISTED = (address: string) => `${address} \t2026-11-20 03:00:00 + 600 = 2026-11-20 03:10:00`;
  const AT = Date.parse('2026-11-20T03:00:00Z') / 1_000;

  const bans = (answers: string) => sh(`printf '%s' "$INPUT" | jail_bans 1`, answers);
  test('bans are read with their beginning; what is no address with a time is no ban', () => {
    const { stdout, status } = bans(`1 ${LISTED('192.0.2.7')}\n1 ${LISTED('2001:db8::7')}\n2 \n`);
    expect(stdout.split('\n')).toEqual([`192.0.2.7 ${AT}`, `2001:db8::7 ${AT}`, '']);
    const at = (day: string) => bans(`1 192.0.2.7 \t${day} 23:59:58 + -1 = 9999-12-31 23:59:59\n2 \n`).stdout;
    for (const day of ['2026-02-28', '2028-02-29', '2028-03-01', '2026-12-31', '2100-03-01'])
      expect(at(day)).toBe(`192.0.2.7 ${Date.parse(`${day}T23:59:58Z`) / 1_000}\n`);
    expect(status).toBe(0);
  });
  test.each([
    ['an empty list', '1 \n2 \n', 0],
    ['no answer', '', 1],
    ['a client that still waits', '1 \n', 1],
    ['a list that is cut off', `1 ${LISTED('192.0.2.7')}\n`, 1],
    ['no answer to this one', '2 \n', 1],
    ['no such jail', "1 Sorry but the jail 'sshd' does not exist\n2 \n", 2],
    ['an error', '1 Sorry but the command is invalid\n', 3],
    ['words', '1 Server replied: pong\n', 3],
    ['a setting of the same name', '1 INFO\n', 3],
    ['a list without times', '1 192.0.2.7 192.0.2.8\n', 3],
    ['a list that breaks off', `1 ${LISTED('192.0.2.7')}\n1 192.0.2.8 \t2026\n`, 3],
  ])('%s', (_, answers, status) => {
    expect(bans(answers).status).toBe(status);
  });

  test('C4 own bans of fail2ban, another act’s and what this act put in are told apart', () => {
    file('lease', [
      'expires 2000000000',
      'direction in',
      'protect 127.0.0.0/8',
      'refused 198.18.0.9',
      'block 198.51.100.0/24',
      ...[1, 2, 3, 4, 5].map((n) => `block 198.18.0.${n}`),
      'block 2001:db8::1',
    ]);
    file('jail-before', [`198.18.0.1 ${AT}`, `198.18.0.2 ${AT}`, `198.18.0.5 ${AT}`, `2001:db8:0::1 ${AT}`]);
    file('claimed', [`198.18.0.2 ${AT}`, '198.18.0.5 ?', `198.18.0.1 ${AT - 2}`]);
    file('now', [
      ...[1, 5].map((n) => `198.18.0.${n} ${AT}`),
      `198.18.0.2 ${AT + 1}`,
      `2001:DB8::1 ${AT + 1}`,
      `198.18.0.4 ${AT + 9}`,
      `198.18.0.9 ${AT}`,
    ]);
    const { stdout } = sh(`jail_sort ${home}/lease ${home}/now ${home}/claimed`);
    expect(stdout.trim().split('\n')).toEqual([
      'prefix 198.51.100.0/24 -',
      `own 198.18.0.1 ${AT}`,
      `shared 198.18.0.2 ${AT + 1}`,
      'ban 198.18.0.3 ?',
      `ours 198.18.0.4 ${AT + 9}`,
      `shared 198.18.0.5 ${AT}`,
      `own 2001:db8::1 ${AT + 1}`,
    ]);
  });

  test('C4 C5 a release takes what the act put in, and neither another act’s nor a later ban', () => {
    file('jail-before', [`198.18.0.5 ${AT}`]);
    file('claims', [...[1, 2, 3, 4].map((n) => `198.18.0.${n} ${AT}`), '198.18.0.5 ?', '198.18.0.6 ?']);
    file('others', [`198.18.0.2 ${AT}`]);
    file('now', [...[2, 5, 6, 7].map((n) => `198.18.0.${n} ${AT}`), `198.18.0.1 ${AT + 1}`, `198.18.0.4 ${AT + 2}`]);
    const { stdout } = sh(`jail_leave ${home}/claims ${home}/now ${home}/others`);
    expect(stdout.trim().split('\n')).toEqual([
      'take 198.18.0.1',
      'kept 198.18.0.2',
      'gone 198.18.0.3',
      'own 198.18.0.4',
      'own 198.18.0.5',
      'take 198.18.0.6',
    ]);
  });

  test('B5 what was let go and may still be banned stays claimed when the jail is fed again', () => {
    file('lease', ['expires 2000000000', 'lifted 2001:db8::1', 'lifted 198.18.0.1', 'block 198.18.0.2']);
    expect(sh('jail_let_go_claims')).toMatchObject({ stdout: '', status: 0 });
    mkdirSync(join(home, 'hold/owners'), { recursive: true });
    file('hold/owners/INC-mine', ['198.18.0.1 ?', '198.18.0.2 ?', `2001:DB8:0::1 ${AT}`]);
    const { stdout } = sh('jail_let_go_claims');
    expect(stdout.trim().split('\n')).toEqual(['198.18.0.1 ?', `2001:DB8:0::1 ${AT}`]);
    const feed = FEED_JAIL.text.slice(FEED_JAIL.text.indexOf('jail_feed() {'), FEED_JAIL.text.indexOf('jail_take() {'));
    expect(feed.match(/fb_hold_take/g)?.length).toBe(feed.match(/cat "\$work\/owed" &&/g)?.length);
  });

  const client = (script: string) =>
    writeFileSync(join(home, 'fail2ban-client'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const seen = (name: string) => readFileSync(join(home, name), 'utf8').trim().split('\n');

  test('C11 addresses go in commands of 20 on the client’s stdin, and none in its words', () => {
    client(`echo "$@" >${home}/words; cat >${home}/stdin`);
    const addresses = Array.from({ length: 41 }, (_, n) => `198.18.0.${n}`);
    sh(`PATH=${home}:$PATH; printf '%s\\n' ${addresses.join(' ')} | jail_set banip 5`);
    const orders = seen('stdin').map((line) => line.split(' '));
    expect(orders.map((order) => order.slice(0, 3).join(' '))).toEqual([
      ...Array<string>(3).fill('set sshd banip'),
      'exit',
    ]);
    expect(orders.map((order) => order.length - 3)).toEqual([20, 20, 1, -2]);
    expect(orders.flatMap((order) => order.slice(3))).toEqual(addresses);
    expect(seen('words')).toEqual(['-i']);
  });

  test('a client that hangs is ended in time', () => {
    client('printf "fail2ban> "; exec sleep 600');
    const { stdout } = sh(`PATH=${home}:$PATH; jail_look_seconds=0.3; jail_look ${home}/now`);
    expect(stdout).toBe('why silent\n');
  });
});
