import { spawnSync } from 'node:child_process';
import { endsProgram } from '../../../src/adapters/host-script/ends';
import { CHECK_ORDER } from '../../../src/adapters/host-script/check-order';
import { RESTORE_PROGRAM } from '../../../src/adapters/host-script/restore-unit';
import { shellPart } from '../../../src/adapters/host-script/host-script';
import { HOST_PROGRAMS, HOST_RESTORERS, hostSetup } from '../../../src/composition/host-programs';

const KEY = `ssh-ed25519 ${Buffer.alloc(51, 7).toString('base64')}`;

/** Everything that root runs on a host, as it runs there: the shared prelude and the parts in one text. */
const PROGRAMS: readonly (readonly [string, string])[] = [
  ...[...HOST_PROGRAMS, ...HOST_RESTORERS].map(({ name, text }) => [name, text] as const),
  ['firebreak-gate', shellPart(`${process.cwd()}/src/adapters/host-script`, 'gate.sh')],
  ['check-order', CHECK_ORDER.text],
  ['firebreak-restore', RESTORE_PROGRAM],
  ['firebreak-ends', endsProgram(600)],
  ['lab: hostile-gate', shellPart(`${process.cwd()}/demo/lab/programs`, 'hostile-gate.sh')],
  [
    'host-setup',
    hostSetup({
      name: 'web-1',
      signers: [{ operator: 'alice', publicKey: KEY }],
      publicKey: KEY,
      from: ['192.0.2.1'],
      management: ['192.0.2.1'],
      emergency: { account: 'rescue', publicKeys: [KEY], from: ['192.0.2.1'] },
    }),
  ],
];

interface Finding {
  readonly line: number;
  readonly code: number;
  readonly level: string;
  readonly message: string;
}

/** What shellcheck cannot see in a program that is put together; by message, so that nothing else of the same code passes. */
const KNOWN: readonly (readonly [code: number, message: RegExp])[] = [
  // fb_header sets $h_KEY for each line of the header; fb_need and fb_need_number refuse what lacks one.
  [2154, /^h_[a-z_]+ is referenced but not assigned/],
  // A program holds the whole of each shared part, and calls "${SB_RUNG}_load" and the like by name.
  [2317, /^Command appears to be unreachable/],
];

const missing = ['shellcheck', 'shfmt'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
const skipped = missing.length > 0 && process.env['FIREBREAK_NO_APT'] === '1';
if (skipped)
  process.stderr.write(`host programs are not linted: ${missing.join(', ')} missing and FIREBREAK_NO_APT=1\n`);

(skipped ? describe.skip : describe)('H3 every program that root runs on a host', () => {
  it('can be looked at: shellcheck and shfmt are there (apt-get install shellcheck shfmt, or FIREBREAK_NO_APT=1)', () => {
    expect(missing).toEqual([]);
  });

  it.each(PROGRAMS)('%s: shellcheck finds nothing', (_name, text) => {
    const { stdout } = spawnSync('shellcheck', ['--norc', '--shell=dash', '--format=json1', '-'], {
      input: text,
      encoding: 'utf8',
    });
    const { comments } = JSON.parse(stdout) as { comments: Finding[] };
    const found = comments
      .filter(({ code, message }) => !KNOWN.some(([known, words]) => code === known && words.test(message)))
      .map(({ line, code, message }) => `SC${code} ${message}: ${text.split('\n')[line - 1]?.trim()}`);
    expect(found).toEqual([]);
  });

  it.each(PROGRAMS)('%s: shfmt changes nothing', (_name, text) => {
    const { stdout, stderr } = spawnSync('shfmt', ['-i', '2', '-ci', '-ln', 'posix', '-d'], {
      input: text,
      encoding: 'utf8',
    });
    expect(stdout + stderr).toBe('');
  });
});
