import type { FrameEvent } from '../../../../src/adapters/journal/frame-parser';
import { FrameParser } from '../../../../src/adapters/journal/frame-parser';
import { FirebreakError } from '../../../../src/domain/errors';
import { frame } from './worlds';

function parse(text: string, pieceBytes = Number.MAX_SAFE_INTEGER): FrameEvent[] {
  const parser = new FrameParser('web-1');
  const bytes = Buffer.from(text);
  const events: FrameEvent[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    events.push(...parser.push(bytes.subarray(at, at + pieceBytes)));
  return events;
}

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FirebreakError);
    expect((error as FirebreakError).code).toBe('LOGS_UNAVAILABLE');
    return (error as FirebreakError).message;
  }
  throw new Error('was taken');
}

const STREAM = [
  frame.hello(),
  frame.artefact('sockets-tcp', 'LISTEN 0 128', {
    trailer: `@stderr ${Buffer.from('warning').toString('base64')}\n@exit 3\n`,
  }),
  frame.absent('conntrack', 'no-tool', 'conntrack -L'),
  frame.done,
].join('');

test('E1 frames become events with what the host claims', () => {
  const events = parse(STREAM);
  expect(events.map((event) => event.kind)).toEqual(['hello', 'begin', 'bytes', 'end', 'absent', 'done']);
  expect(events[0]).toEqual({ kind: 'hello', hostTimeMs: 1_795_230_121_500 });
  expect(events[1]).toMatchObject({ source: 'sockets-tcp', packing: 'plain', detail: '', command: 'cat sockets-tcp' });
  expect(events[2]).toMatchObject({ bytes: Buffer.from('LISTEN 0 128') });
  expect(events[3]).toEqual({
    kind: 'end',
    trailer: { exitCode: 3, hostSha256: undefined, stderr: 'warning', cut: undefined },
  });
  expect(events[4]).toMatchObject({ source: 'conntrack', reason: 'no-tool', exitCode: null, command: 'conntrack -L' });
});

test.each([1, 2, 3, 7, 64])('E1 the same events whatever the link makes of the stream: pieces of %i bytes', (size) => {
  expect(parse(STREAM, size)).toEqual(parse(STREAM));
});

test('E1 what is said of an artefact belongs to the next one only, as it is or as base64', () => {
  const said = `@detail =a  b = c\n@command ${Buffer.from('cat \u00e9\n').toString('base64')}\n`;
  const events = parse(
    `${frame.hello()}${said}@begin one plain\n@end\n@begin two plain\n@end\n@stderr =no\n@absent x y 3\n`,
  );
  expect(events[1]).toMatchObject({ source: 'one', detail: 'a  b = c', command: 'cat \u00e9' });
  expect(events[3]).toMatchObject({ source: 'two', detail: '', command: '' });
  expect(events[5]).toMatchObject({ kind: 'absent', exitCode: 3, stderr: 'no', command: '' });
});

test('E1 a host whose date knows no nanoseconds still gives its clock', () => {
  expect(parse(frame.hello('1795230121.%N'))[0]).toEqual({ kind: 'hello', hostTimeMs: 1_795_230_121_000 });
  expect(parse(frame.hello('yesterday'))[0]).toEqual({ kind: 'hello', hostTimeMs: undefined });
});

test.each([
  ['no greeting', 'Last login: today\n'],
  ['another version', '@firebreak-frames 1 1795230121\n'],
  ['bytes outside of an artefact', `${frame.hello()}aGVsbG8=\n`],
  ['bytes that are not base64', `${frame.hello()}${frame.begin('syslog')}not base64!\n`],
  ['an unknown directive', `${frame.hello()}@execute rm\n`],
  ['an unknown directive in an artefact', `${frame.hello()}${frame.begin('syslog')}@begin again\n`],
  ['a source that is no word', `${frame.hello()}@begin ../../etc plain\n`],
  ['an unknown packing', `${frame.hello()}${frame.begin('syslog', '', 'bzip2')}`],
  ['something after the end', `${frame.hello()}${frame.done}${frame.absent('syslog', 'no-file')}`],
])('E3 a hostile stream is refused: %s', (_, text) => {
  expect(refusal(text)).toContain('web-1 sent something that is not a collection');
});

test('E3 a line without an end is refused before it fills the memory', () => {
  const parser = new FrameParser('web-1');
  const chunk = Buffer.alloc(64 * 1024, 'A');
  let taken = 0;
  expect(() => {
    for (;;) {
      for (const event of parser.push(chunk)) expect(event).toBeUndefined();
      taken += chunk.length;
    }
  }).toThrow(/line is too long/);
  expect(taken).toBeLessThanOrEqual(256 * 1024);
});

test('H2 controls, bidirectional marks and line ends in what a host says reach nobody', () => {
  const hostile = 'a\u001b[2Jb\u009bc\u202ed\u2066e\nf\u200bg\u2028h';
  const [, event] = parse(`${frame.hello()}${frame.absent('syslog', 'no-file', hostile)}`);
  expect(event).toMatchObject({ command: 'a [2Jb c d e f g h' });
});

test.each([
  ['lines of = alone', '=\n'],
  ['empty lines', '\n'],
  ['lines of one byte', 'YQ==\n'],
])('H2 %s are not read for ever', (_, line) => {
  const parser = new FrameParser('web-1');
  const drain = (text: string) => [...parser.push(Buffer.from(text))];
  drain(`${frame.hello()}${frame.begin('load')}`);
  expect(() => {
    for (let chunk = 0; chunk < 100; chunk += 1) drain(line.repeat(1_000));
  }).toThrow(expect.objectContaining({ code: 'LOGS_UNAVAILABLE' }) as Error);
});

test('H2 a line that comes byte by byte is kept in few pieces', () => {
  const parser = new FrameParser('web-1');
  for (const byte of Buffer.from(`@firebreak-frames 2 ${'9'.repeat(5_000)}`)) Array.from(parser.push(Buffer.of(byte)));
  expect((parser as unknown as { pending: Buffer[] }).pending.length).toBeLessThanOrEqual(65);
  expect([...parser.push(Buffer.from('\n'))]).toHaveLength(1);
});
