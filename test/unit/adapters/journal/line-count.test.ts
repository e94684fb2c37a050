import { LineCount } from '../../../../src/adapters/journal/line-count';

const EXPORT = Buffer.from(
  '__CURSOR=s=1\nMESSAGE=one\n\n__CURSOR=s=2\nMESSAGE=__CURSOR=not an entry\n\n__CURSOR=s=3\nMESSAGE=three\n\n',
);

test('E2 lines of a text log are its line feeds', () => {
  const count = new LineCount('text');
  count.add(Buffer.from('one\ntw'));
  count.add(Buffer.from('o\nthree'));
  expect(count.lines).toBe(2);
});

test.each([1, 2, 5, 9, 10, 11, 1_000])(
  'E2 lines of a journal are its entries, whatever the pieces: %i bytes',
  (size) => {
    const count = new LineCount('journal-export');
    for (let at = 0; at < EXPORT.length; at += size) count.add(EXPORT.subarray(at, at + size));
    expect(count.lines).toBe(3);
  },
);
