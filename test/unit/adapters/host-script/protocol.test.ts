import { execFileSync, spawnSync } from 'node:child_process';
import { encodeHeader } from '../../../../src/adapters/host-script/header';
import { gateRequest, hostScript, scriptSha256 } from '../../../../src/adapters/host-script/host-script';
import { hostWords, readReply } from '../../../../src/adapters/host-script/reply';
import { FEW_LINES, ReplyLines } from '../../../../src/adapters/host-script/reply-lines';
import { setupScript } from '../../../../src/adapters/host-script/setup';

const KEY = `ssh-ed25519 ${Buffer.alloc(51, 7).toString('base64')} somebody@somewhere`;
const result = (stdout: string, code = 0, stderr = '') => {
  const reply = new ReplyLines('web-1', FEW_LINES);
  reply.add(Buffer.from(stdout));
  return { lines: reply.lines, stderr, code };
};

/** Runs a body after the prelude under sh, as a host does. */
function sh(body: string, input: string) {
  const script = hostScript('test', body).text;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('host script protocol', () => {
  test.each(['a\nb', 'a\0b', '$(id)', '`id`', 'a;b', "it's", 'a"b', ' a', 'a*', 'a\\b', 'ä'])(
    'C11 a header value that a shell could read as something else is refused: %j',
    (value) => {
      expect(() => encodeHeader({ account: value })).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }) as Error);
    },
  );

  test('C11 a header key is lower-case letters only', () => {
    expect(() => encodeHeader({ 'a b': 'x' })).toThrow(/header key/);
    expect(() => encodeHeader({ PATH: 'x' })).toThrow(/header key/);
  });

  test('C11 the prelude reads the header and leaves the data untouched', () => {
    const body =
      'fb_header; fb_need action; fb_need_number ttl; fb_say got "$h_action" "$h_ttl"; cat | fb_say_text data; fb_end';
    const ran = sh(body, `${encodeHeader({ action: 'INC-20261120-7F3K:block:web-1', ttl: 60 })}$(id)\n\0`);
    const reply = readReply(result(ran.stdout, ran.status ?? 1));
    expect(reply.get('got')).toBe('INC-20261120-7F3K:block:web-1 60');
    expect(reply.find('data')).toBe(Buffer.from('$(id)\n\0').toString('base64'));
    expect(reply.text('data')).toBe('$(id)');
  });

  test.each([
    ['a value with a shell word', 'action $(id)\n\n'],
    ['a key with capitals', 'PATH /tmp\n\n'],
    ['no empty line', 'action INC\n'],
    ['a missing key', '\n'],
    ['a text for a number', 'action INC\nttl abc\n\n'],
  ])('C11 the host itself refuses a header with %s', (_, input) => {
    const ran = sh('fb_header; fb_need action; fb_need_number ttl; echo reached', input);
    expect(ran).toMatchObject({ status: 64, stdout: '' });
  });

  test.each([
    'INC-../../etc',
    'lock',
    '../INC-1',
    'INC-1/2',
    'INC-1',
    'INC-1:isolate-host',
    'INC-1:isolate-host:',
    'INC-1:isolate:web-1',
    'INC-1::isolate-host:web-1',
    'INC-1:block-sources:isolate-host:web-1',
    'INC-1:isolate-host forced-isolation:web-1',
    'INC-1:*:web-1',
    'INC-1+isolate-host:isolate-host:web-1',
  ])('C5, H6 %j names no journal directory of an isolation', (id) => {
    expect(sh(`fb_action_dir '${id}' 'isolate-host forced-isolation'`, '')).toMatchObject({ status: 64, stdout: '' });
    expect(sh(`fb_open '${id}' isolate-host forced-isolation; echo opened`, '')).toMatchObject({
      status: 64,
      stdout: '',
    });
  });

  test('C5 a journal directory has the name of its act', () => {
    for (const kinds of ['isolate-host forced-isolation', "'isolate-host forced-isolation'"])
      expect(sh(`fb_action_dir INC-1:forced-isolation:web-1:x ${kinds}`, '')).toMatchObject({
        status: 0,
        stdout: '/var/lib/firebreak/INC-1+forced-isolation+web-1+x',
      });
  });

  test('C5 a reply without its last line is an unknown outcome, and so is a script ended by a signal', () => {
    expect(() => readReply(result('a 1\n'))).toThrow(expect.objectContaining({ code: 'OUTCOME_UNKNOWN' }) as Error);
    expect(() => readReply(result('a 1\nend'))).toThrow(/unknown|not known/);
    expect(() => readReply(result('', 137))).toThrow(expect.objectContaining({ code: 'OUTCOME_UNKNOWN' }) as Error);
  });

  test.each([
    [75, 'HOST_TIMEOUT'],
    [66, 'PLAN_CHANGED'],
    [69, 'UNSUPPORTED_HOST'],
    [64, 'BAD_INPUT'],
    [74, 'HOST_JOURNAL_UNWRITABLE'],
    [70, 'VERIFY_FAILED'],
  ])('C2 exit %i of a script is %s', (code, expected) => {
    expect(() => readReply(result('', code, 'why'))).toThrow(expect.objectContaining({ code: expected }) as Error);
  });

  test.each([
    ['a shell that runs nothing', 'This account is currently not available.\n', 1, ''],
    ['a login file that ends', '', 3, 'profile: quota exceeded'],
    ['a forced command that does nothing', '', 0, ''],
  ])('C11 %s is no answer of the gate, and both of its outputs are told', (_what, stdout, code, stderr) => {
    const thrown = expect.objectContaining({
      code: 'HOST_GATE_NOT_REACHED',
      message: expect.stringContaining(stdout.trim() || stderr || 'no word') as string,
    }) as Error;
    expect(() => readReply(result(stdout, code, stderr))).toThrow(thrown);
  });

  test('C11 what was said on stdout while no program spoke is told, and is no reply', () => {
    const thrown = expect.objectContaining({
      code: 'HOST_GATE_NOT_REACHED',
      message: expect.stringContaining('stdout: “no entry end”') as string,
    }) as Error;
    expect(() => readReply({ ...result('', 0, ''), noise: 'no entry end' })).toThrow(thrown);
  });

  test('C11 what the shell of a program says of it is the program’s failure', () => {
    const failed = result('', 2, '/proc/self/fd/3: 12: parameter not set');
    expect(() => readReply(failed)).toThrow(expect.objectContaining({ code: 'VERIFY_FAILED' }) as Error);
  });

  test('C11 words of a host are shortened and lose their control characters', () => {
    expect(hostWords('\u001b[31mred\r\nnext')).toBe('[31mred next');
    expect(hostWords('x'.repeat(1_000))).toHaveLength(300);
  });

  test('C11 a script’s digest is that of the bytes the gate gets', () => {
    const script = hostScript('a', 'echo ü');
    const request = gateRequest(script).toString('latin1');
    const [sum, size] = request.slice(0, request.indexOf('\n')).split(' ');
    const bytes = gateRequest(script).subarray(request.indexOf('\n') + 1);
    expect([sum, Number(size)]).toEqual([scriptSha256(script), bytes.length]);
    expect(execFileSync('sha256sum', { input: bytes, encoding: 'utf8' }).slice(0, 64)).toBe(sum);
  });

  test('C11 the setup script holds the key with its restrictions, the allow list, and is sh', () => {
    const script = hostScript('probe', 'true');
    const text = setupScript({
      publicKey: KEY,
      scripts: [script],
      restorers: [script],
      from: ['192.0.2.1', '2001:DB8::/32'],
      management: ['2001:DB8::1/128', '192.0.2.0/24'],
      limits: () => ({ seconds: 60, cpuSeconds: 50, memoryKib: 40_000, fileKib: 30_000, needsOrder: 'undo' }),
      name: 'web-1',
      signers: [{ operator: 'alice', publicKey: KEY }],
      emergency: { account: 'rescue', publicKeys: [KEY], from: ['2001:DB8::1/128'] },
    });
    expect(text).toContain(
      `restrict,command="/usr/bin/sudo -n /usr/local/sbin/firebreak-gate",from="192.0.2.1,2001:db8::/32" ssh-ed25519 `,
    );
    expect(text).not.toContain('somebody@somewhere');
    expect(text).toContain(`${scriptSha256(script)} probe 60 50 40000 30000 undo\n`);
    expect(text).toContain(`\nalice namespaces="firebreak" ssh-ed25519 `);
    expect(text).toContain(`/etc/firebreak/management <<'END_OF_FIREBREAK_FILE'\n2001:db8::1\n192.0.2.0/24\nEND`);
    expect(text).toContain(`\naccount rescue\nfrom 2001:db8::1\nkey ssh-ed25519 `);
    expect(spawnSync('sh', ['-n'], { input: text }).status).toBe(0);
  });

  test.each([
    [{ publicKey: 'ssh-ed25519 AAAA\nssh-ed25519 BBBB' }],
    [{ publicKey: `command="id" ${KEY}` }],
    [{ publicKey: KEY, from: ['example.org'] }],
    [{ publicKey: KEY, user: 'root' }],
    [{ publicKey: KEY, user: 'a b' }],
    [{ publicKey: KEY, from: [] }],
    [{ publicKey: KEY, management: ['everybody'] }],
    [{ publicKey: KEY, name: 'web 1' }],
    [{ publicKey: KEY, signers: [{ operator: '*', publicKey: KEY }] }],
    [{ publicKey: KEY, signers: [{ operator: 'alice', publicKey: `cert-authority ${KEY}` }] }],
    [{ publicKey: KEY, emergency: { account: 'rescue', publicKeys: [KEY], from: [] } }],
    [{ publicKey: KEY, emergency: { account: 'root', publicKeys: [KEY], from: ['192.0.2.1'] } }],
    [{ publicKey: KEY, emergency: { account: 'rescue', publicKeys: [`command="id" ${KEY}`], from: ['192.0.2.1'] } }],
  ])('C11 the setup script is refused for %j', (setup) => {
    expect(() => setupScript({ name: 'web-1', scripts: [], from: ['192.0.2.1'], management: [], ...setup })).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }) as Error,
    );
  });
});
