import { sha256Hex } from '../../../src/domain/hash';
import { formatBagInfo, formatManifest, payloadOxum } from '../../../src/adapters/evidence-bag/format/bagit';
import {
  NO_PREVIOUS,
  formatChainLine,
  isPayloadPath,
  parseChainLine,
  splitLines,
} from '../../../src/adapters/evidence-bag/format/chain-line';
import { displayName, encodePathPart } from '../../../src/adapters/evidence-bag/format/path-part';

const head = { seq: 3, incident: 'INC-20261120-7F3K', prev: NO_PREVIOUS, type: 'note' };

describe('E4 chain lines', () => {
  test('begin with the four fields of every record, in that order', () => {
    expect(formatChainLine(head, { at: 'now' }).toString()).toBe(
      `{"seq":3,"incident":"INC-20261120-7F3K","prev":"${NO_PREVIOUS}","type":"note","at":"now"}`,
    );
  });

  test('keep their own fields whatever the body says', () => {
    const line = formatChainLine(head, { seq: 9, type: 'seal', prev: 'x', incident: 'other' });
    expect(parseChainLine(line)).toEqual(head);
  });

  test('hold no line feed, whatever a host sends', () => {
    const stderr = 'a\nb\r\n\u0000\u2028\ud800"\\';
    const line = formatChainLine(head, { info: { stderr } });
    expect(line.includes(10)).toBe(false);
    expect(parseChainLine(line)).toEqual({ ...head, info: { stderr } });
  });

  test.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['no JSON', '{'],
    ['NaN', JSON.stringify(head).replace('3', 'NaN')],
    ['a byte order mark', `\ufeff${JSON.stringify(head)}`],
    ['two values', `${JSON.stringify(head)}{}`],
    ['a text for a number', JSON.stringify({ ...head, seq: '3' })],
    ['a negative number', JSON.stringify({ ...head, seq: -1 })],
    ['half a number', JSON.stringify({ ...head, seq: 1.5 })],
    ['a number beyond all counting', JSON.stringify({ ...head, seq: 0 }).replace('0', '9007199254740993')],
    ['a short hash', JSON.stringify({ ...head, prev: 'ab' })],
    ['an upper-case hash', JSON.stringify({ ...head, prev: 'A'.repeat(64) })],
    ['no type', JSON.stringify({ ...head, type: undefined })],
  ])('are none when they are %s', (_, line) => {
    expect(parseChainLine(Buffer.from(line))).toBeUndefined();
  });

  test('are none when they are not UTF-8', () => {
    const line = Buffer.concat([formatChainLine(head, { name: 'x' })]);
    line[line.length - 3] = 0xff;
    expect(parseChainLine(line)).toBeUndefined();
  });

  test('are split at LF only', () => {
    const { lines, rest } = splitLines(Buffer.from('a\r\n\u2028\n\nb'));
    expect(lines.map(String)).toEqual(['a\r', '\u2028', '']);
    expect(rest.toString()).toBe('b');
  });
});

describe('E8 names from hosts', () => {
  test.each([
    ['auth.log', 'auth.log'],
    ['..', '=2E.'],
    ['.', '=2E'],
    ['.bashrc', '=2Ebashrc'],
    ['', '='],
    ['/etc/passwd', '=2Fetc=2Fpasswd'],
    ['a=b~c%d', 'a=3Db=7Ec=25d'],
    ['a b\n\0', 'a=20b=0A=00'],
    ['$(reboot);`x`', '=24=28reboot=29=3B=60x=60'],
    ['ログ', '=E3=83=AD=E3=82=B0'],
    ['C:\\x', 'C=3A=5Cx'],
  ])('%j becomes %j', (name, part) => {
    expect(encodePathPart(name)).toBe(part);
    expect(isPayloadPath(`data/${part}`)).toBe(true);
  });

  test('stay different when composed differently, cut or nearly alike', () => {
    const names = ['é', 'e\u0301', 'A', 'a', 'x'.repeat(300), `${'x'.repeat(300)}y`, '~', '=7E'];
    const parts = names.map(encodePathPart);
    expect(new Set(parts).size).toBe(names.length);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(120);
    expect(parts.every((part) => isPayloadPath(`data/${part}`))).toBe(true);
  });

  test.each([
    'data',
    'data/',
    'data/../x',
    'data/.x',
    'data//x',
    '/data/x',
    'data/x/',
    'data/a%2Fb',
    'evidence/x',
    'data/x\n',
  ])('%j is no path of the payload', (path) => {
    expect(isPayloadPath(path)).toBe(false);
  });

  test('are shown without commanding the terminal', () => {
    expect(displayName(Buffer.from('a\x1b[2J \\é\n'))).toBe('a\\x1b[2J\\x20\\x5c\\xc3\\xa9\\x0a');
  });
});

describe('E4 BagIt 1.0 tag files', () => {
  const file = (path: string) => ({ path, sha256: sha256Hex(path), sha512: 'f'.repeat(128), bytes: path.length });

  test('manifests are sorted and readable for sha256sum', () => {
    const text = formatManifest('sha256', [file('data/b'), file('data/a')]);
    expect(text).toBe(`${sha256Hex('data/a')}  data/a\n${sha256Hex('data/b')}  data/b\n`);
    expect(formatManifest('sha512', [])).toBe('');
  });

  test('bag-info.txt names the incident, the day and the size of the payload', () => {
    const oxum = payloadOxum([file('data/a'), file('data/bc')]);
    expect(oxum).toBe('13.2');
    expect(formatBagInfo('INC-20261120-7F3K', 'firebreak.example/evidence', '2026-11-20T23:59:59.000Z', oxum)).toBe(
      'Bag-Software-Agent: Firebreak\nBagging-Date: 2026-11-20\nExternal-Identifier: INC-20261120-7F3K\n' +
        'Internal-Sender-Identifier: firebreak.example/evidence\nPayload-Oxum: 13.2\n',
    );
  });
});
