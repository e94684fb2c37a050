import { NOTICE_KINDS } from '../../../../src/domain/words';
import { isGsm7, smsLength } from '../../../../src/adapters/notice-text/gsm7';
import { createNoticeRenderer } from '../../../../src/adapters/notice-text/notice-renderer';
import type { Fact } from '../../../../src/domain/fact';
import { incidentId } from '../../../../src/domain/ids';
import { AUDIENCES, type Notice, type Person } from '../../../../src/domain/notice';
import {
  ABNORMAL_STAGES,
  CHANNELS,
  INCIDENT_TYPES,
  LOCALES,
  OUTCOMES,
  RESPONSE_MODES,
  SEVERITIES,
} from '../../../../src/domain/words';

const renderer = createNoticeRenderer();
const ID = 'INC-20261120-7F3K';
const words = (text: string): Fact => ({ fact: 'in-words', words: text });
const notice = (overrides: Partial<Notice> = {}): Notice => ({
  incident: incidentId(ID),
  kind: 'start',
  key: 'start',
  severity: 'critical',
  type: 'intrusion',
  mode: 'block',
  drill: false,
  title: 'SSH brute force, then a login',
  hosts: ['web-1', 'web-2', 'db-1'],
  facts: [{ fact: 'stated', type: 'intrusion', severity: 'critical', mode: 'block' }, words('27:30 left')],
  link: 'http://127.0.0.1:8233/namespaces/default/workflows/INC-20261120-7F3K',
  ...overrides,
});
const person = (overrides: Partial<Person> = {}): Person => ({
  id: 'alice',
  name: 'Alice',
  audience: 'security',
  locale: 'en',
  tier: 1,
  ...overrides,
});

const EVERY = NOTICE_KINDS.flatMap((kind) =>
  LOCALES.flatMap((locale) => CHANNELS.map((channel) => ({ kind, locale, channel }))),
);

test.each(EVERY)(
  'N6 $kind in $locale by $channel renders: severity, incident, nothing undefined',
  ({ kind, locale, channel }) => {
    const word = { en: 'CRITICAL', ja: '緊急' }[locale];
    for (const audience of AUDIENCES) {
      const { subject, text } = renderer.render(notice({ kind }), person({ locale, audience }), channel);
      const all = `${subject}\n${text}`;
      expect(all).not.toMatch(/undefined|null|NaN|\[object|function|=>/);
      expect(subject.toUpperCase()).toContain(word);
      expect(subject).toContain(ID);
      expect(text.length).toBeGreaterThan(20);
      if (channel !== 'voice') expect(text).toContain(ID);
      if (channel === 'voice') expect(text).toMatch(/7\D+F\D+3\D+K/);
      if (channel === 'mail' || channel === 'sms') expect(text.toUpperCase()).toContain(word);
    }
  },
);

test.each(EVERY)(
  'U1 the drill mark is in subject and text of $kind in $locale by $channel',
  ({ kind, locale, channel }) => {
    const mark = { en: /drill/i, ja: /訓練/ }[locale];
    const drill = renderer.render(notice({ kind, drill: true }), person({ locale }), channel);
    const earnest = renderer.render(notice({ kind }), person({ locale }), channel);
    expect(drill.subject).toMatch(mark);
    expect(drill.text).toMatch(mark);
    expect(`${earnest.subject}${earnest.text}`).not.toMatch(mark);
  },
);

test.each(LOCALES)('every word of the domain has a text of its own in %s', (locale) => {
  const texts = [
    ...SEVERITIES.map((severity) => notice({ severity })),
    ...INCIDENT_TYPES.map((type) => notice({ type })),
    ...RESPONSE_MODES.map((mode) => notice({ mode })),
    ...OUTCOMES.map((outcome) => notice({ kind: 'completion', outcome })),
    ...ABNORMAL_STAGES.map((abnormal) => notice({ kind: 'failure', abnormal })),
  ].map((one) => renderer.render(one, person({ locale }), 'mail').text);
  // The first of each of the three first sets is the same notice: critical, intrusion, block.
  expect(new Set(texts).size).toBe(texts.length - 2);
  for (const text of texts) expect(text).not.toContain('undefined');
});

test('N6 a mail says severity first, what happened, what was done, facts, next action, link', () => {
  const { subject, text } = renderer.render(notice(), person(), 'mail');
  expect(subject).toBe(`[CRITICAL] Emergency response started: Intrusion on web-1 and 2 more hosts (${ID})`);
  expect(text).toBe(
    [
      '[CRITICAL] Emergency response started',
      '',
      'What happened: Intrusion on web-1, web-2, db-1',
      'Reported as: SSH brute force, then a login',
      'What was done: The sources are being blocked and evidence is being preserved.',
      '',
      'Facts:',
      '- stated intrusion, critical; mode block',
      '- “27:30 left”',
      '',
      `Next: Acknowledge: firebreak ack ${ID}`,
      'http://127.0.0.1:8233/namespaces/default/workflows/INC-20261120-7F3K',
      '',
      `Incident: ${ID}, Mode: block`,
      'Sent by Firebreak.',
    ].join('\n'),
  );
});

test('N6 a Japanese mail uses the words of the source documents', () => {
  const mail = (kind: Notice['kind']) => renderer.render(notice({ kind }), person({ locale: 'ja' }), 'mail');
  expect(mail('start').subject).toBe(`【緊急】緊急対応を開始：不正侵入（対象：web-1 ほか2台） (${ID})`);
  expect(mail('manual-response').subject).toContain('手動対応要請');
  expect(mail('emergency').subject).toContain('緊急事態宣言');
  expect(mail('control-failed').text).toContain('強制遮断');
  expect(mail('completion').text).toContain('対応レポート');
});

test('N6 the notice’s own next action is used; departments are told, not asked', () => {
  const command = `firebreak classify ${ID} --type intrusion`;
  const own = notice({ nextAction: command });
  expect(renderer.render(own, person(), 'slack').text).toContain(`Next: ${command}`);
  const told = renderer.render(own, person({ audience: 'department' }), 'mail').text;
  expect(told).toContain('Nothing for you to do');
  expect(told).not.toContain('firebreak classify');
});

test('N6 English SMS of every kind fit into one part of 160 characters', () => {
  for (const kind of NOTICE_KINDS) {
    for (const drill of [false, true]) {
      const long = notice({
        kind,
        drill,
        severity: 'critical',
        hosts: ['h'.repeat(60), 'b'],
        title: '侵入'.repeat(80),
      });
      const { text } = renderer.render(long, person(), 'sms');
      expect(isGsm7(text)).toBe(true);
      expect(smsLength(text)).toBeLessThanOrEqual(160);
    }
  }
});

test('N6 Japanese SMS stay within 160 characters', () => {
  for (const kind of NOTICE_KINDS) {
    expect(
      renderer.render(notice({ kind, drill: true }), person({ locale: 'ja' }), 'sms').text.length,
    ).toBeLessThanOrEqual(160);
  }
});

test('N6 a call is short, spells the incident and says nothing that a detector wrote', () => {
  const { text } = renderer.render(
    notice({ title: 'call +1 900 now', facts: [words('secret fact')] }),
    person(),
    'voice',
  );
  expect(text).toBe(
    'Critical. Emergency response has started. Intrusion on web-1 and 2 more hosts. ' +
      'Incident I N C, 2 0 2 6, 1 1, 2 0, 7, F, 3, K. Please acknowledge, and read your mail or Slack.',
  );
  for (const { kind, locale } of EVERY) {
    const spoken = renderer.render(notice({ kind, drill: true }), person({ locale }), 'voice').text;
    expect(spoken.length).toBeLessThan(350);
    expect(spoken).not.toMatch(/firebreak |https?:|[<>{}[\]]/);
  }
});

test('N2 untrusted words stay in their line and within their length', () => {
  const evil = notice({
    title: `x\r\nNext: firebreak release ${ID}\nhttps://evil.example\u202E${'y'.repeat(5_000)}`,
    facts: Array.from({ length: 500 }, () => words('fact\nhttps://evil.example')),
    hosts: ['web-1\nhttps://evil.example', ''],
  });
  for (const channel of CHANNELS) {
    const { subject, text } = renderer.render(evil, person(), channel);
    expect(subject).not.toMatch(/[\r\n\u202E]/);
    expect(text.split('\n').filter((line) => line.startsWith('Next:') && line.includes('release'))).toEqual([]);
    expect(text.split('\n').filter((line) => line.startsWith('https://evil'))).toEqual([]);
    expect(text.length).toBeLessThan(5_000);
  }
});

test('N2 a link is a web address or it is left out', () => {
  for (const link of [
    'javascript:alert(1)',
    'file:///etc/passwd',
    'not a link',
    `https://x.example/${'a'.repeat(600)}`,
  ]) {
    expect(renderer.render(notice({ link }), person(), 'mail').text).not.toContain(link);
  }
});

test('a notice with nothing optional renders', () => {
  const { incident, kind, key, severity, type, mode, drill } = notice();
  const bare: Notice = { incident, kind, key, severity, type, mode, drill, title: '', hosts: [], facts: [] };
  for (const locale of LOCALES) {
    for (const channel of CHANNELS) {
      expect(renderer.render(bare, person({ locale }), channel).text).not.toMatch(/undefined| on \.|（対象：）/);
    }
  }
});
