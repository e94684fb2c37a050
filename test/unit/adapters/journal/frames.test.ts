import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeHeader } from '../../../../src/adapters/host-script/header';
import { hostScript, shellPart } from '../../../../src/adapters/host-script/host-script';
import type { FrameTrailer } from '../../../../src/adapters/journal/frame-parser';
import { FrameParser } from '../../../../src/adapters/journal/frame-parser';
import { unpacking } from '../../../../src/adapters/journal/unpacking';
import { HOST, LocalShell } from './worlds';

interface Taken {
  readonly bytes: Buffer;
  readonly command: string;
  readonly trailer: FrameTrailer;
}

const folder = mkdtempSync(join(tmpdir(), 'firebreak-frames-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FRAMES = shellPart(join(__dirname, '../../../../src/adapters/journal'), 'frames.sh');

/** Runs frames.sh with a body on this machine's sh and reads what it says. */
async function run(body: string, before = '', seconds = 20) {
  const script = hostScript('frames-test', FRAMES, `fb_header\nfr_open "$h_seconds"\n${body}\nfr_close`);
  const parser = new FrameParser('here');
  const taken = new Map<string, Taken>();
  const absent = new Map<string, string>();
  const result = await new LocalShell(before).stream(
    HOST,
    script,
    { timeoutMs: 30_000, maxOutputBytes: Number.MAX_SAFE_INTEGER, input: encodeHeader({ seconds }) },
    async (chunk) => {
      for (const event of parser.push(chunk)) {
        if (event.kind === 'begin') {
          chunks = [];
          command = event.command;
          source = event.source;
          unpacked = unpacking(event.packing, (bytes) => Promise.resolve(void chunks.push(Buffer.from(bytes))));
        } else if (event.kind === 'bytes') await unpacked.write(event.bytes);
        else if (event.kind === 'end') {
          await unpacked.end();
          taken.set(source, { bytes: Buffer.concat(chunks), command, trailer: event.trailer });
        } else if (event.kind === 'absent') absent.set(event.source, event.reason);
      }
    },
  );
  return { taken, absent, complete: parser.complete, ...result };
}
let chunks: Buffer[] = [];
let command = '';
let source = '';
let unpacked = unpacking('plain', () => Promise.resolve());

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('E2 what a program prints arrives unchanged, with exit code, errors and the host’s own hash', async () => {
  const { taken, complete } = await run(
    `fr_take sockets 5 1000000 sh -c 'printf "a\\000b\\n@end\\n"; echo oops >&2; exit 3'`,
  );
  expect(complete).toBe(true);
  const { bytes, trailer } = taken.get('sockets')!;
  expect(bytes).toEqual(Buffer.from('a\0b\n@end\n'));
  expect(trailer).toEqual({ exitCode: 3, hostSha256: sha256(bytes), stderr: 'oops', cut: undefined });
});

test.each(['', 'fr_pack'])('E2 megabytes come through whole: "%s"', async (packing) => {
  const { taken, bytes } = await run(`${packing}\nfr_take numbers 10 100000000 seq 1 500000`);
  const expected = Buffer.from(Array.from({ length: 500_000 }, (_, n) => `${n + 1}\n`).join(''));
  expect(taken.get('numbers')?.bytes.equals(expected)).toBe(true);
  expect(taken.get('numbers')?.trailer.hostSha256).toBe(sha256(expected));
  if (packing !== '') expect(bytes).toBeLessThan(expected.length);
});

test('E1 a program that hangs is ended at its limit, one that never ends at its size', async () => {
  const { taken, complete } = await run(
    `fr_take hanging 1 1000 sleep 600\nfr_take endless 5 10 yes\nfr_take exact 5 4 printf 1234\nfr_take after 5 1000 echo on`,
  );
  expect(complete).toBe(true);
  expect(taken.get('hanging')?.trailer.exitCode).toBe(124);
  expect(taken.get('endless')?.bytes.toString()).toBe('y\ny\ny\ny\ny\n');
  expect(taken.get('endless')?.trailer.cut).toBe('size-cap');
  expect(taken.get('exact')?.trailer.cut).toBeUndefined();
  expect(taken.get('after')?.bytes.toString()).toBe('on\n');
});

test('E1 the whole stays inside its budget: what comes too late is said to be missing', async () => {
  const { taken, absent } = await run(`fr_take slow 10 1000 sleep 5\nsleep 1\nfr_take late 5 1000 echo x`, '', 2);
  expect(taken.get('slow')?.trailer.exitCode).toBe(124);
  expect(absent.get('late')).toBe('no-time');
});

test('E3 a missing program and a missing file are absences', async () => {
  const { absent } = await run(
    `fr_take tool 5 1000 no-such-program -x\nfr_take_file file 5 1000 ${join(folder, 'no-such-file')}`,
  );
  expect(Object.fromEntries(absent)).toEqual({ tool: 'no-tool', file: 'unreadable' });
});

test('E2 without sha256sum on the host the bytes still come', async () => {
  const bin = join(folder, 'bin');
  const tools = ['sh', 'base64', 'head', 'tee', 'timeout', 'date', 'cat', 'echo', 'rm', 'stat'];
  const before = `mkdir ${bin}; for t in ${tools.join(' ')}; do ln -s "$(command -v "$t")" ${bin}/; done 2>/dev/null; PATH=${bin}; hash -r`;
  const { taken } = await run(`fr_take words 5 1000 cat /proc/self/comm`, before);
  expect(taken.get('words')?.bytes.toString()).toBe('cat\n');
  expect(taken.get('words')?.trailer.hostSha256).toBeUndefined();
});

test('E3 a host without the few programs that frames need says so', async () => {
  const empty = join(folder, 'empty');
  const { code, stderr, complete } = await run('', `mkdir ${empty}; PATH=${empty}`);
  expect(complete).toBe(false);
  expect(code).toBe(69);
  expect(stderr).toContain('the host lacks base64');
});

test('E2 of a growing file exactly the bytes are taken that were there, hashed over the same', async () => {
  const file = join(folder, 'growing.log');
  writeFileSync(file, 'a line that was there\n'.repeat(100_000));
  const writer = setInterval(() => appendFileSync(file, 'a line that came later\n'.repeat(1_000)), 1);
  try {
    const { taken } = await run(`fr_take_file growing 10 100000000 ${file}`);
    const { bytes, trailer, command: shown } = taken.get('growing')!;
    expect(trailer.hostSha256).toBe(sha256(bytes));
    expect(shown).toBe(`head -c ${bytes.length} ${file}`);
    expect(bytes.length).toBeGreaterThanOrEqual(2_200_000);
  } finally {
    clearInterval(writer);
  }
});

test('E2 of a file larger than the cap the newest bytes are taken, and it is said', async () => {
  const file = join(folder, 'large.log');
  writeFileSync(file, Array.from({ length: 1_000 }, (_, n) => `line ${n}\n`).join(''));
  const { taken } = await run(`fr_take_file large 5 18 ${file}`);
  expect(taken.get('large')?.bytes.toString()).toBe('line 998\nline 999\n');
  expect(taken.get('large')?.trailer.cut).toBe('size-cap');
});

test('E2 errors of any length and shape arrive by their first thousand bytes, and end no program', async () => {
  const { taken } = await run(
    `fr_take long 5 1000 sh -c 'seq 1 20000 >&2; echo on'\nfr_take lines 5 1000 sh -c 'printf "caf\\303\\251\\n\\ntwo\\n" >&2'\nfr_take none 5 1000 true`,
  );
  expect(taken.get('long')?.trailer.exitCode).toBe(0);
  expect(taken.get('long')?.trailer.stderr).toMatch(/^1 2 3 /);
  expect(taken.get('long')?.bytes.toString()).toBe('on\n');
  expect(taken.get('lines')?.trailer.stderr).toBe('caf\u00e9 two');
  expect(taken.get('none')?.trailer).toMatchObject({ exitCode: 0, stderr: '' });
});

test('E2 what follows the cap is said to be missing, also when it is but zeros', async () => {
  const { taken } = await run(`fr_take zeros 5 10 head -c 30 /dev/zero\nfr_take all 5 30 head -c 30 /dev/zero`);
  expect(taken.get('zeros')?.bytes).toEqual(Buffer.alloc(10));
  expect(taken.get('zeros')?.trailer.cut).toBe('size-cap');
  expect(taken.get('all')?.trailer.cut).toBeUndefined();
});

test.each([1, 4_096, 4_097])('E2 a file of %i bytes comes whole and hashed, packed or not', async (size) => {
  const file = join(folder, `of-${size}.log`);
  writeFileSync(file, Buffer.alloc(size, 'x\n'));
  const { taken } = await run(`fr_pack\nfr_take_file sized 5 1000000 ${file}\nfr_take after 5 1000 echo on`);
  expect(taken.get('sized')?.bytes).toEqual(Buffer.alloc(size, 'x\n'));
  expect(taken.get('sized')?.trailer.hostSha256).toBe(sha256(Buffer.alloc(size, 'x\n')));
  expect(taken.get('after')?.bytes.toString()).toBe('on\n');
});

test('E2 a name made to be a command is only a name', async () => {
  const file = join(folder, '$(touch pwned) `id` ;x.log');
  writeFileSync(file, 'text');
  const link = join(folder, 'link');
  symlinkSync(file, link);
  const { taken } = await run(`for f in ${folder}/*x.log; do fr_detail=$f; fr_take_file named 5 1000 "$f"; done`);
  expect(taken.get('named')?.bytes.toString()).toBe('text');
  expect(taken.get('named')?.command).toBe(`head -c 4 ${file}`);
});

/** A directory in front of PATH in which these programs are what the test says. */
function instead(name: string, programs: Readonly<Record<string, string>>): string {
  const bin = join(folder, name);
  mkdirSync(bin);
  for (const [tool, text] of Object.entries(programs))
    writeFileSync(join(bin, tool), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return `PATH=${bin}:$PATH`;
}

test.each([
  ['base64', 'exit 1'],
  ['base64', 'exit 0'],
  ['head', 'exit 0'],
  ['timeout', 'exit 1'],
])(
  'E3 a host whose %s does %j is no host that answers nothing: it is said which program does not work',
  async (tool, text) => {
    const { code, stderr, complete } = await run('', instead(`bad-${tool}-${text.slice(-1)}`, { [tool]: text }));
    expect(complete).toBe(false);
    expect(code).toBe(69);
    expect(stderr).toContain(`${tool} of the host does not work`);
  },
);

test.each(['gzip', 'tee', 'sha256sum', 'stat', 'date'])(
  'E3 without a %s that works the bytes still come',
  async (tool) => {
    const file = join(folder, `with-bad-${tool}.log`);
    writeFileSync(file, 'a line\n'.repeat(1_000));
    const { taken } = await run(
      `fr_pack\nfr_take words 5 1000 echo on\nfr_take_file file 5 100000 ${file}\n`,
      instead(`no-${tool}`, { [tool]: 'echo broken; exit 1' }),
    );
    expect(taken.get('words')?.bytes.toString()).toBe('on\n');
    expect(taken.get('file')?.bytes.length).toBe(7_000);
    // Where nobody can say how long the file is, nobody can say either that this is all of it.
    expect(taken.get('file')?.trailer.cut).toBe(tool === 'stat' ? 'size-unknown' : undefined);
  },
);

test('E3 an empty file is known to be empty without any program', async () => {
  const file = join(folder, 'empty.log');
  writeFileSync(file, '');
  const { absent } = await run(`fr_take_file nothing 5 1000 ${file}`, instead('lying-stat', { stat: 'echo 5' }));
  expect(absent.get('nothing')).toBe('empty');
});

test('E3 a listing without an entry has the version of the program that made it; one that fails has nothing', async () => {
  const before = instead('listers', {
    'lists-none': '[ "$1" != --version ] || echo lister 1.0',
    fails: 'echo no >&2; exit 3',
    'says-nothing': 'exit 0',
  });
  const lists = (tool: string) => `fr_take_listing ${tool} 5 1000 --version ${tool} list`;
  const { taken, absent } = await run(
    [...['lists-none', 'fails', 'says-nothing'].map(lists), lists('is-away')].join('\n'),
    before,
  );
  expect(taken.get('lists-none')?.bytes.toString()).toBe('# no more by lister 1.0\n');
  expect(taken.get('fails')).toMatchObject({ bytes: Buffer.alloc(0), trailer: { exitCode: 3, stderr: 'no' } });
  expect(taken.get('says-nothing')?.bytes).toEqual(Buffer.alloc(0));
  expect(absent.get('is-away')).toBe('no-tool');
});

test('E2 what cannot be cut is taken whole or not at all, and records are not cut apart', async () => {
  const file = join(folder, 'binary.db');
  writeFileSync(file, Buffer.from('aaabbbcccddd'));
  const { taken, absent } = await run(
    `fr_whole=1\nfr_take_file whole 5 12 ${file}\nfr_take_file half 5 11 ${file}\nfr_whole= fr_unit=3\nfr_take_file records 5 7 ${file}`,
  );
  expect(taken.get('whole')?.bytes.toString()).toBe('aaabbbcccddd');
  expect(absent.get('half')).toBe('too-large');
  expect(taken.get('records')?.bytes.toString()).toBe('cccddd');
  expect(taken.get('records')?.trailer).toMatchObject({ cut: 'size-cap', exitCode: 0 });
});

test('E2 of a program that prints its oldest lines first the newest are kept, and its failure is its own', async () => {
  const { taken } = await run(
    `fr_take_newest ring 5 4 seq 1 99\nfr_take_newest short 5 100 seq 1 2\nfr_take_newest broken 5 100 sh -c 'echo x; exit 5'`,
  );
  expect(taken.get('ring')).toMatchObject({ trailer: { cut: 'size-cap' } });
  expect(taken.get('ring')?.bytes.toString()).toContain('99');
  expect(taken.get('short')?.bytes.toString()).toBe('1\n2\n');
  expect(taken.get('short')?.trailer.cut).toBeUndefined();
  expect(taken.get('broken')?.trailer.exitCode).toBe(5);
});

test('E3 a tail that fails in the middle of a pipe fails the whole', async () => {
  const file = join(folder, 'cut.log');
  writeFileSync(file, 'a line of a log\n'.repeat(10));
  const { taken } = await run(`fr_take_file cut 5 32 ${file}`, instead('no-tail', { tail: 'echo broken >&2; exit 7' }));
  expect(taken.get('cut')).toMatchObject({ bytes: Buffer.alloc(0), trailer: { exitCode: 7, stderr: 'broken' } });
});
