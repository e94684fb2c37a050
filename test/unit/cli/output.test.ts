import { createOutput, paint, showError } from '../../../src/cli/output';
import { FirebreakError } from '../../../src/domain/errors';

/** What is written to the terminal while `work` runs. */
function written(stream: NodeJS.WriteStream, work: () => void): string {
  const parts: string[] = [];
  const spy = jest.spyOn(stream, 'write').mockImplementation((chunk) => {
    parts.push(String(chunk));
    return true;
  });
  work();
  spy.mockRestore();
  return parts.join('');
}

test('U3 what a host or provider said cannot steer the terminal; colours stay', () => {
  const hostile = 'sudo: \u001b]0;title\u0007\u001b[2J\u009b1mgone\r\u202eexe';
  expect(written(process.stdout, () => createOutput(false).result({}, [hostile, '\u001b[31mred\u001b[0m']))).toBe(
    'sudo: \ufffd]0;title\ufffd\ufffd[2J\ufffd1mgone\ufffd\ufffdexe\n\u001b[31mred\u001b[0m\n',
  );
  expect(written(process.stderr, () => createOutput(false).say(hostile))).not.toContain('\u001b');
});

test('H2 nothing in a line looks like another line, and nothing in it hides', () => {
  const forged = 'web-1: ok\nINTACT  everything verified\u200b\u2066x\u2028y\ue000';
  const shown = written(process.stdout, () => createOutput(false).result({}, [forged]));
  expect(shown).toBe('web-1: ok\ufffdINTACT  everything verified\ufffd\ufffdx\ufffdy\ufffd\n');
});

test('H2 a line of --json holds printable characters only, and means the same', () => {
  const hostile = { a: '\u009b2J\u202etxt\u2066\u200f\u2028\u007f\u{e0001}', '\u0085key': ['\u{1f525}', '日本'] };
  const text = written(process.stdout, () => createOutput(true).result(hostile, []));
  expect(text).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\n$/u);
  expect(JSON.parse(text)).toEqual(hostile);
  expect(text).toContain('\u{1f525}');
  const failed = written(process.stdout, () =>
    showError(createOutput(true), new FirebreakError('BAD_INPUT', '\u009b')),
  );
  expect(failed).toContain('\\u009b');
});

test('H2 a stored document is exact for programs and harmless on a terminal', async () => {
  const { isTTY } = process.stdout;
  const document = '{"a":"\u009b2J\u202e\u001b"}\n\t{"b":1}\n';
  const parts: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => parts.push(String(chunk)) > 0);
  try {
    process.stdout.isTTY = false;
    await createOutput(false).document(document);
    process.stdout.isTTY = true;
    await createOutput(false).document(document);
  } finally {
    process.stdout.isTTY = isTTY;
    spy.mockRestore();
  }
  expect(parts).toEqual([document, '{"a":"\\u009b2J\\u202e\\u001b"}\n\t{"b":1}\n']);
});

test('U3 data is one line of JSON, in which control characters are escaped', () => {
  const text = written(process.stdout, () => createOutput(true).result({ a: 'x\u001b[2J\n' }, ['never']));
  expect(text).toBe('{"a":"x\\u001b[2J\\n"}\n');
});

test('U3 colour only on a terminal, and never with NO_COLOR', () => {
  const { isTTY } = process.stdout;
  const before = process.env['NO_COLOR'];
  try {
    delete process.env['NO_COLOR'];
    process.stdout.isTTY = true;
    expect(paint('red', 'x')).toBe('\u001b[31mx\u001b[0m');
    process.env['NO_COLOR'] = '1';
    expect(paint('red', 'x')).toBe('x');
    delete process.env['NO_COLOR'];
    process.stdout.isTTY = false;
    expect(paint('red', 'x')).toBe('x');
  } finally {
    process.stdout.isTTY = isTTY;
    if (before === undefined) delete process.env['NO_COLOR'];
    else process.env['NO_COLOR'] = before;
  }
});

test('U3 twenty problems are listed, the others are counted; --json has them all', () => {
  const problems = Array.from({ length: 23 }, (_, index) => ({
    path: `$.sources[${index}]`,
    message: 'is no address',
  }));
  const failed = new FirebreakError('BAD_INPUT', '23 problems.', { problems });
  const said = written(process.stderr, () => showError(createOutput(false), failed));
  expect(said.match(/is no address/g)).toHaveLength(20);
  expect(said).toContain('… and 3 more problems');
  const json = JSON.parse(written(process.stdout, () => showError(createOutput(true), failed))) as {
    error: { problems: unknown[] };
  };
  expect(json.error.problems).toHaveLength(23);
});
