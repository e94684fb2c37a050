import { MAX_NOISE_BYTES, ProgramVoice } from '../../../../src/adapters/host-script/program-voice';

const greetingOf = (voice: ProgramVoice) => `@firebreak ${/^mark (\S+)\n$/.exec(voice.header)?.[1] ?? ''}\n`;

/** Everything that the program said, given the stream in pieces of so many bytes. */
function heard(voice: ProgramVoice, stream: string, pieceBytes = Number.MAX_SAFE_INTEGER): string {
  const bytes = Buffer.from(stream, 'latin1');
  let own = '';
  for (let at = 0; at < bytes.length; at += pieceBytes)
    own += voice.take(bytes.subarray(at, at + pieceBytes))?.toString('latin1') ?? '';
  return own;
}

test.each([1, 2, 7, 64, 4_096])('H2 noise is told from the program whatever the pieces are: %i bytes', (size) => {
  const voice = new ProgramVoice('web-1');
  const noise = 'Authorized use only. Login of firebreak\n\u001b[2J no end of line';
  expect(heard(voice, `${noise}${greetingOf(voice)}state applied\nend\n`, size)).toBe('state applied\nend\n');
  expect(voice.noise.toString('latin1')).toBe(noise);
  expect(voice.spoken).toBe(true);
});

test('H2 a program that speaks first has no noise before it', () => {
  const voice = new ProgramVoice('web-1');
  expect(heard(voice, `${greetingOf(voice)}end\n`)).toBe('end\n');
  expect(voice.noise.length).toBe(0);
});

test('H2 nobody but the program can say the mark: another one, and the words of frames, are noise', () => {
  const voice = new ProgramVoice('web-1');
  const forged = `@firebreak ${'0'.repeat(32)}\n@firebreak-frames 2 1.000\n@done\nisolated no\nend\n`;
  expect(heard(voice, `${forged}${greetingOf(voice)}isolated yes\nend\n`)).toBe('isolated yes\nend\n');
  expect(voice.noise.toString()).toBe(forged);
  expect(new ProgramVoice('web-1').header).not.toBe(voice.header);
});

test('H2 the mark of the program comes after as much noise as the bound has, and not after more', () => {
  const within = new ProgramVoice('web-1');
  expect(heard(within, `${'x'.repeat(MAX_NOISE_BYTES)}${greetingOf(within)}end\n`, 1_000)).toBe('end\n');
  const beyond = new ProgramVoice('web-1');
  expect(() => heard(beyond, `${'x'.repeat(2 * MAX_NOISE_BYTES)}`, 1_000)).toThrow(
    expect.objectContaining({ code: 'HOST_REPLY_REFUSED' }) as Error,
  );
  const lines = new ProgramVoice('web-1');
  expect(() => heard(lines, `${'\n'.repeat(2_000)}${greetingOf(lines)}end\n`)).toThrow(
    expect.objectContaining({ code: 'HOST_REPLY_REFUSED' }) as Error,
  );
});

test('H2 of a host that never stops printing no more is kept than the bound', () => {
  const voice = new ProgramVoice('web-1');
  let taken = 0;
  expect(() => {
    for (;;) {
      voice.take(Buffer.alloc(8_192, 'x'));
      taken += 8_192;
    }
  }).toThrow(/before Firebreak’s program spoke/);
  expect(taken).toBeLessThanOrEqual(MAX_NOISE_BYTES);
});
