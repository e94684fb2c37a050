import { INDICATOR_KINDS } from '../../../src/domain/incident';
import { DEADLINE_MS, TIME_SHARES } from '../../../src/domain/numbers';
import { accepted, DOCUMENT, problemsWith } from './trigger';

describe('B1 parameters', () => {
  test.each([
    [{ types: ['intrsion'] }, '--incident-type: unknown value "intrsion"; did you mean intrusion?'],
    [{ types: ['DDOS'] }, '--incident-type: unknown value "DDOS"; did you mean ddos?'],
    [{ severity: 'mediun' }, '--severity-level: unknown value "mediun"; did you mean medium?'],
    [{ mode: 'isolated' }, '--response-mode: unknown value "isolated"; did you mean isolate?'],
    [{ mode: '' }, '--response-mode: unknown value ""; did you mean block?'],
  ])('B1 an unknown value %j names the nearest valid one', (given, expected) => {
    expect(problemsWith(DOCUMENT, given)).toEqual([expected]);
  });

  test('B1 missing parameters are listed together with what they may be', () => {
    expect(problemsWith(DOCUMENT, { types: [], severity: undefined, mode: undefined })).toEqual([
      '--incident-type: is required: intrusion, malware, ddos, unknown',
      '--severity-level: is required: critical, high, medium',
      '--response-mode: is required: isolate, monitor, block',
    ]);
  });

  test('B1 parameters may come in the document, also when something else in it is wrong', () => {
    const inDocument = { ...DOCUMENT, incident_type: 'ddos', severity_level: 'high', response_mode: 'block' };
    const none = { types: [], severity: undefined, mode: undefined };
    expect(accepted(inDocument, none)).toMatchObject({ types: ['ddos'], severity: 'high', mode: 'block' });
    expect(problemsWith({ ...inDocument, confidence: 2 }, none)).toEqual([expect.stringMatching(/^\$\.confidence: /)]);
  });

  test('B1 flag and document must not contradict each other', () => {
    expect(problemsWith({ ...DOCUMENT, severity_level: 'medium' })).toEqual([
      '$.severity_level: says "medium", but --severity-level says high',
    ]);
  });

  test('B1 unknown stands alone', () => {
    expect(problemsWith(DOCUMENT, { types: ['unknown', 'ddos'] })).toEqual([
      '--incident-type: unknown cannot be combined with another type',
    ]);
  });

  test('B9 several types come most urgent first, each once', () => {
    expect(accepted(DOCUMENT, { types: ['ddos', 'intrusion', 'ddos', 'malware'] }).types).toEqual([
      'intrusion',
      'malware',
      'ddos',
    ]);
  });

  test('B4 critical × monitor needs a reason', () => {
    const critical = { severity: 'critical', mode: 'monitor' };
    expect(problemsWith(DOCUMENT, critical)).toEqual([expect.stringContaining('needs a reason')]);
    expect(problemsWith(DOCUMENT, { ...critical, reason: '   ' })).toHaveLength(1);
    expect(accepted(DOCUMENT, { ...critical, reason: 'the bank asked us to watch' }).reason).toBe(
      'the bank asked us to watch',
    );
  });

  test('B7 limits below a second, fractions and infinity are refused', () => {
    expect(
      problemsWith(DOCUMENT, { limits: { logsMs: 999, accessControlMs: 1_500.5, overallMs: Infinity } }),
    ).toHaveLength(3);
  });

  test('B7 a limit longer than what it limits is refused, never cut down in silence; the longest passes', () => {
    const limits = {
      overallMs: DEADLINE_MS,
      humanClassificationMs: TIME_SHARES.humanClassification,
      accessControlMs: TIME_SHARES.accessControl,
      forcedIsolationMs: TIME_SHARES.forcedIsolation,
      logsMs: TIME_SHARES.logs,
      alternativeLogsMs: TIME_SHARES.alternativeLogs,
    };
    expect(accepted(DOCUMENT, { limits }).limits).toEqual(limits);
    const longer = Object.fromEntries(Object.entries(limits).map(([name, ms]) => [name, ms + 1]));
    expect(problemsWith(DOCUMENT, { limits: longer })).toEqual([
      '--deadline: must be from 1s to 30m: limits only shorten',
      '--limit humanClassification: must be from 1s to 5m: limits only shorten',
      '--limit accessControl: must be from 1s to 4m: limits only shorten',
      '--limit forcedIsolation: must be from 1s to 2m: limits only shorten',
      '--limit logs: must be from 1s to 8m: limits only shorten',
      '--limit alternativeLogs: must be from 1s to 3m: limits only shorten',
    ]);
  });

  test('B1 what was wrong with a flag already is listed with the rest', () => {
    const problems = [{ path: '--deadline', message: '"soon" is not a duration; write 90s or 5m' }];
    expect(problemsWith({ ...DOCUMENT, hosts: [] }, { problems, severity: 'mediun' })).toEqual([
      '--deadline: "soon" is not a duration; write 90s or 5m',
      expect.stringMatching(/^--severity-level: /),
      expect.stringMatching(/^\$\.hosts: /),
    ]);
  });
});

describe('B1 the document', () => {
  test('B1 200 problems are listed at once, each with its own JSON path', () => {
    const sources = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0 ? `no-address-${index}` : `10.1.0.${index}`,
    );
    const accounts = Array.from({ length: 100 }, (_, index) => `Not An Account ${index}`);
    const problems = problemsWith({ ...DOCUMENT, sources, accounts });
    expect(problems).toHaveLength(200);
    for (let index = 0; index < 200; index += 2)
      expect(problems).toContain(`$.sources[${index}]: "no-address-${index}" is not an IPv4 or IPv6 address or prefix`);
    for (let index = 0; index < 100; index += 1)
      expect(problems.filter((problem) => problem.startsWith(`$.accounts[${index}]: `))).toHaveLength(1);
  });

  test.each([
    '256.1.1.1',
    '1.2.3',
    '010.0.0.1',
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4/08',
    '1.2.3.4:80',
    '::1%eth0',
    ':::',
    '1::2::3',
    '2001:db8::/129',
    'example.com',
    '0x7f.0.0.1',
    '2130706433',
    '1.2.3.4 ; drop table',
    '１.２.３.４',
    '',
  ])('B1 %j is no address', (source) => {
    expect(problemsWith({ ...DOCUMENT, sources: ['198.51.100.7', source] })).toEqual([
      expect.stringMatching(/^\$\.sources\[1\]: /),
    ]);
  });

  test('B1 addresses are kept in one canonical form, doubles once', () => {
    const sources = ['2001:DB8:0::1', '2001:db8::1/128', '::ffff:10.0.0.1', '10.0.0.1', '10.0.0.1/32', ' 10.0.1.9/24 '];
    expect(accepted({ ...DOCUMENT, sources }).document.sources).toEqual(['2001:db8::1', '10.0.0.1', '10.0.1.0/24']);
  });

  test('B1 unknown and reserved keys are refused by name, at every level', () => {
    const document = { ...DOCUMENT, sorces: [], apiKeys: [], accounts: [{ name: 'deploy', uid: 0 }] };
    expect(problemsWith(document)).toEqual([
      '$.accounts[0].uid: unknown key',
      '$.apiKeys: is reserved for a later version',
      '$.sorces: unknown key; did you mean sources?',
    ]);
  });

  test('B1 a name that is there twice is refused: JSON.parse would keep the last one silently', () => {
    const text = '{"title":"a","hosts":["web-1"],"accounts":[{"name":"a","n\\u0061me":"root"}],"title":"b"}';
    expect(problemsWith(text)).toEqual(['$.accounts[0].name: is there twice', '$.title: is there twice']);
  });

  test('B1 names that recur in different objects, or as text, are no doubles', () => {
    const document = { ...DOCUMENT, title: '{"title":"x","title":[', accounts: [{ name: 'a' }, { name: 'b' }] };
    expect(accepted(document).document.accounts).toHaveLength(2);
  });

  test('B1 __proto__ is a key like any other, and none that is known', () => {
    const problems = problemsWith('{"title":"t","hosts":["web-1"],"__proto__":{"severity_level":"critical"}}');
    expect(problems).toEqual([expect.stringMatching(/^\$\.__proto__: unknown key/)]);
    expect(({} as Record<string, unknown>)['severity_level']).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['half a document', '{"title":"t"'],
    ['a second document behind the first', `${JSON.stringify(DOCUMENT)} {}`],
    ['wrong UTF-8', Buffer.from([...Buffer.from('{"title":"'), 0xff, 0xfe, ...Buffer.from('"}')])],
    ['UTF-16', Buffer.from('\ufeff{"title":"t"}', 'utf16le')],
    ['an array', '[]'],
    ['null', 'null'],
    ['2,000,000 opened brackets', '['.repeat(2_000_000)],
  ])('B1 %s is one problem at the root', (_name, document) => {
    expect(problemsWith(document)).toEqual([expect.stringMatching(/^\$: (is not valid JSON|must be a JSON object)/)]);
  });

  test('B1 400,000 levels of nesting are refused without recursion', () => {
    expect(problemsWith(`${'{"a":'.repeat(400_000)}1${'}'.repeat(400_000)}`)[0]).toBe(
      '$: is nested deeper than 64 levels',
    );
  });

  test('B1 a document of 100,000 sources is accepted', () => {
    const sources = Array.from({ length: 100_000 }, (_, i) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`);
    expect(accepted({ ...DOCUMENT, sources }).document.sources).toHaveLength(100_000);
  });

  test('B1 numbers out of range and times without an offset are refused', () => {
    const problems = problemsWith({
      ...DOCUMENT,
      confidence: 1.01,
      detectedAt: '2026-11-20 03:00',
      indicators: [
        { kind: 'failed-login', value: 'sshd' },
        { kind: INDICATOR_KINDS[0], count: -1 },
      ],
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      '$.detectedAt',
      '$.confidence',
      '$.indicators[0].kind',
      '$.indicators[1].count',
    ]);
    expect(problems[2]).toContain('did you mean failed-logins?');
  });

  test('B1 log sources lead nowhere but below /var/log and /srv', () => {
    const logSources = ['/etc/shadow', '/var/log/../../etc/shadow', '/var/log/x;id', '/var/log/nginx/access.log'];
    expect(problemsWith({ ...DOCUMENT, logSources }).map((problem) => problem.split(':')[0])).toEqual([
      '$.logSources[0]',
      '$.logSources[1]',
      '$.logSources[2]',
    ]);
  });

  test('B1 flags add to the document, and a title is made when there is none', () => {
    const hosts = Array.from({ length: 30 }, (_, index) => `a-rather-long-host-name-${index}`);
    const { document } = accepted({ hosts }, { hosts: ['web-1'], sources: [{ text: '10.9.9.9', from: '--source' }] });
    expect(document.hosts).toHaveLength(31);
    expect(document.sources).toEqual(['10.9.9.9']);
    expect(document.title).toMatch(/^intrusion on .* and 28 more$/);
  });
});

describe('C11 nothing that could steer a shell, a terminal or a message gets in', () => {
  const TEXTS = ['\u0000', '\u001b[2J', '\u009b31m', '\u202etxt.exe', '\u2066', '\u2028', '\ud800', '\u007f'];
  const oneLiners: readonly [string, (value: string) => Record<string, unknown>][] = [
    ['$.title', (value) => ({ title: value })],
    ['$.detector', (value) => ({ detector: value })],
    ['$.services[0]', (value) => ({ services: [value] })],
    ['$.references[0]', (value) => ({ references: [value] })],
    ['$.indicators[0].value', (value) => ({ indicators: [{ kind: INDICATOR_KINDS[0], value }] })],
  ];

  test.each(oneLiners)('C11 %s takes no control characters and no line breaks', (path, field) => {
    for (const bad of [...TEXTS, '\n', '\r', '\t'])
      expect(problemsWith({ ...DOCUMENT, ...field(`a${bad}b`) })).toEqual([
        expect.stringContaining(`${path}: must not`),
      ]);
  });

  test.each(oneLiners)('C11 shell metacharacters in %s are text like any other', (_path, field) => {
    const value = `"; $(reboot) \`id\` && rm -rf / | ' \\ {{7*7}} <script> *`;
    expect(JSON.stringify(accepted({ ...DOCUMENT, ...field(value) }).document)).toContain(
      JSON.stringify(value).slice(1, -1),
    );
  });

  test('C11 the description may have lines and tabs, nothing else of the kind', () => {
    expect(accepted({ ...DOCUMENT, description: 'first\n\tsecond' }).document.description).toBe('first\n\tsecond');
    for (const bad of TEXTS)
      expect(problemsWith({ ...DOCUMENT, description: `a${bad}b` })).toEqual([
        expect.stringContaining('$.description'),
      ]);
  });

  test('C11 the character that is not allowed is named, by code point and place', () => {
    expect(problemsWith({ ...DOCUMENT, description: 'line one\r\nline \u200etwo' })).toEqual([
      expect.stringMatching(/^\$\.description: .*: character 15 is U\+200E$/),
    ]);
    expect(problemsWith(DOCUMENT, { reason: '\u{1f525}\u0007' })).toEqual([
      expect.stringContaining('character 2 is U+0007'),
    ]);
  });

  test('B1 lines of a description that end with CR LF are stored with LF', () => {
    const { description } = accepted({ ...DOCUMENT, description: 'line one\r\nline two\n' }).document;
    expect(description).toBe('line one\nline two\n');
  });

  test('B1 account names are what systems have: capitals, leading digits, a machine’s dollar sign', () => {
    const accounts = ['Deploy', '2fast', 'svc$', 'db-1/App.User'];
    expect(accepted({ ...DOCUMENT, accounts }).document.accounts.map(({ name }) => name)).toEqual([
      'Deploy',
      '2fast',
      'svc$',
      'App.User',
    ]);
  });

  test('B1 when it was detected may be written in every form of ISO 8601, and is stored in one', () => {
    for (const detectedAt of ['2026-11-20T03:00Z', '20261120T120000+0900', '2026-W47-5T03:00:00,0Z'])
      expect(accepted({ ...DOCUMENT, detectedAt }).document.detectedAt).toBe('2026-11-20T03:00:00.000Z');
    for (const detectedAt of ['2026-11-20T03:00:00', '2026-11-20', '03:00'])
      expect(problemsWith({ ...DOCUMENT, detectedAt })).toEqual([
        expect.stringContaining('with date, time and offset'),
      ]);
  });

  const names = ['$(id)', 'a b', 'a;b', '-rf', '../x', 'a/b/c', "a'b", 'a\nb', 'a\u0000', 'a|b', '`id`', '', 'ж'];
  test.each(names)('C11 %j is neither host, segment nor account', (name) => {
    expect(problemsWith({ ...DOCUMENT, hosts: [name] })).toEqual([expect.stringMatching(/^\$\.hosts\[0\]/)]);
    expect(problemsWith({ ...DOCUMENT, segments: [name] })).toEqual([expect.stringMatching(/^\$\.segments\[0\]/)]);
    expect(problemsWith({ ...DOCUMENT, accounts: [name] })).toEqual([expect.stringMatching(/^\$\.accounts\[0\]/)]);
    expect(problemsWith({ ...DOCUMENT, accounts: [{ name }] })).toHaveLength(1);
  });

  test('C11 the reason is one line of at most 500 characters', () => {
    for (const reason of ['a\nb', 'a\u001b[31m', 'x'.repeat(501)])
      expect(problemsWith(DOCUMENT, { reason })).toEqual([expect.stringMatching(/^--reason: must be one line/)]);
  });
});
