import { generateKeyPairSync, sign } from 'node:crypto';
import { formatCheckpoint, originOf, parseCheckpoint } from '../../../src/adapters/evidence-bag/format/checkpoint';
import { judgeNote, parseNote, signatureLine } from '../../../src/adapters/evidence-bag/format/signed-note';
import { decodeBase64 } from '../../../src/adapters/evidence-bag/format/strict-base64';
import {
  formatVerificationKey,
  makeVerificationKey,
  parseVerificationKey,
} from '../../../src/adapters/evidence-bag/format/verification-key';

/** Public keys and signatures of the Go implementation's own tests (golang.org/x/mod/sumdb/note) and of c2sp.org/signed-note. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const ENOCH = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const ENOCH_LINE =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';

const key = (text: string) => parseVerificationKey(text)!;
const judge = (note: string, vkey: string) => {
  const parsed = parseNote(Buffer.from(note));
  return parsed === undefined ? 'malformed' : judgeNote(parsed, key(vkey));
};

describe('E4 C2SP verification keys', () => {
  test.each([PETER, ENOCH])('reads and writes %s', (vkey) => {
    expect(formatVerificationKey(key(vkey))).toBe(vkey);
  });

  test('refuses every part of a key and every changed character', () => {
    for (let from = 0; from <= PETER.length; from += 1) {
      for (let to = from; to <= PETER.length; to += 1) {
        if (from > 0 || to < PETER.length) expect(parseVerificationKey(PETER.slice(from, to))).toBeUndefined();
      }
    }
    for (let at = 0; at < PETER.length; at += 1) {
      const other = String.fromCharCode(PETER.charCodeAt(at) + 1);
      expect(parseVerificationKey(PETER.slice(0, at) + other + PETER.slice(at + 1))).toBeUndefined();
    }
  });

  test.each([
    ['a longer key with a fitting hash', 'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=='],
    ['another algorithm with a fitting hash', 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['a trailing newline', `${PETER}\n`],
  ])('refuses %s', (_, vkey) => {
    expect(parseVerificationKey(vkey)).toBeUndefined();
  });

  test.each(['', 'a b', 'a+b', 'a\u2003b', 'a\nb'])('refuses the key name %j', (name) => {
    expect(() => makeVerificationKey(name, Buffer.alloc(32))).toThrow(TypeError);
  });
});

describe('E4 C2SP signed notes', () => {
  test('accepts the published notes', () => {
    expect(judge(`${TEXT}\n${PETER_LINE}`, PETER)).toBe('signed');
    expect(judge(`${TEXT}\n${PETER_LINE}${ENOCH_LINE}`, ENOCH)).toBe('signed');
  });

  test('makes the published signature line from the signature', () => {
    const { signatures } = parseNote(Buffer.from(`${TEXT}\n${PETER_LINE}`))!;
    expect(signatureLine(key(PETER), signatures[0]!.signature)).toBe(PETER_LINE);
  });

  test('ignores lines of other keys, even of the same name', () => {
    const otherId = PETER_LINE.replace('x08go', 'x08gp');
    expect(judge(`${TEXT}\n${ENOCH_LINE}`, PETER)).toBe('unknown-key');
    expect(judge(`${TEXT}\n${otherId}`, PETER)).toBe('unknown-key');
    expect(judge(`${TEXT}\n${otherId}${PETER_LINE}`, PETER)).toBe('signed');
    expect(judge(`${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'CarmenSandiego')}`, PETER)).toBe('unknown-key');
  });

  test('refuses the whole note when one line of the trusted key fails', () => {
    const broken = PETER_LINE.replace('SffcvIAQ', 'SffcvIAR');
    expect(judge(`${TEXT}\n${PETER_LINE}${broken}`, PETER)).toBe('bad-signature');
    expect(judge(`${TEXT}\n${PETER_LINE}${PETER_LINE}`, PETER)).toBe('signed');
    expect(judge(`X${TEXT}\n${PETER_LINE}`, PETER)).toBe('bad-signature');
  });

  test.each([
    ['no signatures', TEXT],
    ['no signature behind the empty line', `${TEXT}\n`],
    ['no newline at the end', `${TEXT}\n${PETER_LINE.slice(0, -1)}`],
    ['a control character', `\x01${TEXT}\n${PETER_LINE}`],
    ['CR LF', `${TEXT}\n${PETER_LINE}`.replaceAll('\n', '\r\n')],
    ['a name with a space', `${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'Bad Name')}`],
    ['a line that is none', `${TEXT}\n${PETER_LINE}Unexpected line.\n`],
    ['a hyphen for the dash', `${TEXT}\n${PETER_LINE.replace('—', '-')}`],
    ['base64 with noise in it', `${TEXT}\n${PETER_LINE.replace('x08go', 'x08*o')}`],
    ['too many lines', `${TEXT}\n${PETER_LINE.repeat(101)}`],
  ])('refuses a note with %s', (_, note) => {
    expect(judge(note, PETER)).toBe('malformed');
  });

  test('refuses what is not UTF-8', () => {
    const note = Buffer.concat([Buffer.from([0xff]), Buffer.from(`${TEXT}\n${PETER_LINE}`)]);
    expect(parseNote(note)).toBeUndefined();
  });

  test('accepts sixteen signatures and a text with an empty line', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const own = makeVerificationKey('own.example', publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
    const text = 'one\n\ntwo\n';
    const line = signatureLine(own, sign(null, Buffer.from(text), privateKey));
    const note = parseNote(Buffer.from(`${text}\n${PETER_LINE.repeat(15)}${line}`))!;
    expect(note.text).toBe(text);
    expect(judgeNote(note, own)).toBe('signed');
  });
});

describe('E4 C2SP checkpoints', () => {
  const root = Buffer.alloc(32, 7);
  const text = formatCheckpoint({
    origin: originOf('firebreak.example/evidence', 'INC-20261120-7F3K'),
    size: 12,
    root,
  });

  test('is origin ending in the incident id, size and root', () => {
    expect(text).toBe(`firebreak.example/evidence/INC-20261120-7F3K\n12\n${root.toString('base64')}\n`);
    expect(parseCheckpoint(text)).toEqual({ origin: 'firebreak.example/evidence/INC-20261120-7F3K', size: 12, root });
  });

  test.each([
    ['an extension line', `${text}more\n`],
    ['no end of line', text.slice(0, -1)],
    ['a leading zero', text.replace('\n12\n', '\n012\n')],
    ['a sign', text.replace('\n12\n', '\n+12\n')],
    ['a short root', text.replace(root.toString('base64'), Buffer.alloc(31).toString('base64'))],
    ['no origin', text.replace(/^.*/, '')],
  ])('refuses %s', (_, other) => {
    expect(parseCheckpoint(other)).toBeUndefined();
  });
});

test.each(['A', 'AA', 'AAA', 'AA=', 'AB==', 'AAB=', 'AAAA=', 'A A=', 'AA-_', '====', 'AAAA\n'])(
  'E4 %j is not the one base64 text of any bytes',
  (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  },
);
