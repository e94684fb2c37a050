import { createOutput, paint } from '../../../src/cli/output';

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
