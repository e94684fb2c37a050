import { factOf } from '../../../src/domain/fact';
import type { IndicatorRow } from '../../../src/domain/assessment';
import { DECISION_TABLE, assess, conflictFacts, classified, doubtsOf } from '../../../src/domain/assessment';
import { onRecord } from '../../../src/domain/fact';
import type { IncidentDocument, Indicator, IndicatorKind } from '../../../src/domain/incident';
import { INDICATOR_KINDS } from '../../../src/domain/incident';

const seen = (kind: IndicatorKind, count = 1): Indicator => ({ kind, value: '-', count });
const document = (indicators: readonly Indicator[], more: Partial<IncidentDocument> = {}): IncidentDocument => ({
  title: 'test',
  hosts: ['web-1'],
  sources: [],
  accounts: [],
  segments: [],
  services: [],
  logSources: [],
  references: [],
  indicators,
  ...more,
});
const INTRUSION = { type: 'intrusion', severity: 'medium' } as const;

describe('B3 decision table', () => {
  const rows: [IndicatorKind, IndicatorRow][] = DECISION_TABLE.map((row) => [row.kind, row]);

  test.each(rows)('%s alone gives its type, and its severity from its count on', (kind, row) => {
    const stated = { type: row.speaksFor, severity: 'medium' } as const;
    const from = row.severity?.fromCount ?? 1;
    const at = assess(stated, document([seen(kind, from)]));
    expect(at.derived).toEqual({ type: row.speaksFor, severity: row.severity?.level ?? 'medium' });
    expect(at.confidence).toBe(1);
    expect(at.needsHuman).toBe(false);
    if (from > 1) expect(assess(stated, document([seen(kind, from - 1)])).derived.severity).toBe('medium');
  });

  test('knows every kind but other, each once', () => {
    expect(DECISION_TABLE.map((row) => row.kind).sort()).toEqual(INDICATOR_KINDS.filter((k) => k !== 'other').sort());
  });

  test('a kind that is reported line by line says as much as in one line, counts added up', () => {
    const split = Array.from({ length: 1_000 }, () => seen('failed-logins'));
    expect(assess(INTRUSION, document(split))).toEqual(assess(INTRUSION, document([seen('failed-logins', 1_000)])));
    expect(assess(INTRUSION, document(split)).derived.severity).toBe('high');
  });

  test('many weak lines of one kind do not overrule a decisive one', () => {
    const scans = Array.from({ length: 50 }, () => seen('port-scan'));
    const found = assess({ type: 'ddos', severity: 'high' }, document([...scans, seen('packet-flood', 500_000)]));
    expect(found.derived.type).toBe('ddos');
    expect(found.contradictions).toEqual([]);
  });

  test('without evidence the stated type stands, with middling confidence', () => {
    for (const indicators of [[], [seen('other', 9)]]) {
      const found = assess(INTRUSION, document(indicators));
      expect(found).toMatchObject({ type: 'intrusion', derived: { type: 'unknown' }, confidence: 0.5 });
      expect(found.contradictions).toEqual([]);
    }
  });

  test('confidence is the share of the evidence, never above the detector’s own', () => {
    const mixed = [seen('lateral-movement'), seen('packet-flood')];
    expect(assess(INTRUSION, document(mixed)).confidence).toBe(0.5);
    expect(assess(INTRUSION, document([seen('lateral-movement')], { confidence: 0.3 })).confidence).toBe(0.3);
    expect(assess(INTRUSION, document([seen('request-flood')], { confidence: 1 })).confidence).toBe(0.05);
  });
});

describe('B3 severity', () => {
  test('the higher of stated and derived wins, in both directions', () => {
    const ransom = document([seen('ransom-note')]);
    const up = assess({ type: 'malware', severity: 'medium' }, ransom);
    expect(up).toMatchObject({
      severity: 'critical',
      derived: { severity: 'critical' },
      stated: { severity: 'medium' },
    });
    expect(up.contradictions).toEqual([{ fact: 'severity-contradicted', stated: 'medium', derived: 'critical' }]);
    expect(assess({ type: 'malware', severity: 'critical' }, document([])).severity).toBe('critical');
  });

  test.each([
    [{ hosts: ['a'] }, 'single-host', 'medium'],
    [{ hosts: ['a', 'b'] }, 'several-hosts', 'high'],
    [{ hosts: ['a', 'b', 'c', 'd'] }, 'several-hosts', 'high'],
    [{ hosts: ['a', 'b', 'c', 'd', 'e'] }, 'segment', 'critical'],
    [{ hosts: ['a'], segments: ['dmz'] }, 'segment', 'critical'],
  ] as const)('scope %j is %s and calls for %s', (more, extent, severity) => {
    const found = assess(INTRUSION, document([], more));
    expect(found.scope.extent).toBe(extent);
    expect(found.derived.severity).toBe(severity);
  });
});

describe('B3 what is touched', () => {
  const accounts = (...names: string[]) => ({ accounts: names.map((name) => ({ name })) });
  test.each([
    ['two accounts', accounts('a', 'b'), 'medium'],
    ['three accounts', accounts('a', 'b', 'c'), 'high'],
    ['one account on three hosts', accounts('a', 'a', 'a'), 'medium'],
    ['two services', { services: ['ssh', 'web shop'] }, 'medium'],
    ['three services', { services: ['ssh', 'web shop', 'mail'] }, 'high'],
    ['one service, named three times', { services: ['ssh', 'ssh', 'ssh'] }, 'medium'],
  ] as const)('%s: %j calls for %s', (_, more, severity) => {
    const found = assess(INTRUSION, document([], more));
    expect(found.derived.severity).toBe(severity);
    expect(found.severity).toBe(severity);
    // It is said why, and the type stays what the evidence says.
    expect(found.reasons.map((reason) => factOf(reason).fact)).toEqual(severity === 'high' ? ['scope-calls'] : []);
    expect(found.derived.type).toBe('unknown');
  });

  test('it never lowers what hosts and segments call for', () => {
    const found = assess(INTRUSION, document([], { segments: ['dmz'], ...accounts('a', 'b', 'c') }));
    expect(found.derived.severity).toBe('critical');
    expect(found.reasons).toHaveLength(2);
  });
});

describe('B3 contradictions', () => {
  test('decisive evidence against a type that nothing speaks for needs a person', () => {
    const found = assess({ type: 'ddos', severity: 'high' }, document([seen('privilege-escalation')]));
    expect(found).toMatchObject({ type: 'unknown', needsHuman: true, derived: { type: 'intrusion' } });
    expect(found.contradictions).toContainEqual({
      fact: 'type-contradicted',
      stated: 'ddos',
      derived: 'intrusion',
      points: [3, 0],
    });
  });

  test('so does decisive evidence for two other types at once', () => {
    const found = assess({ type: 'ddos', severity: 'high' }, document([seen('lateral-movement'), seen('ransom-note')]));
    expect(found).toMatchObject({ type: 'unknown', needsHuman: true });
    expect(found.contradictions).toContainEqual({ fact: 'evidence-tied', types: ['intrusion', 'malware'] });
  });

  test('weak evidence against it is shown only', () => {
    const found = assess({ type: 'ddos', severity: 'high' }, document([seen('port-scan')]));
    expect(found).toMatchObject({ type: 'ddos', needsHuman: false });
    expect(found.contradictions).toHaveLength(1);
  });

  test('a tie that includes the stated type is shown, and the stated type stands', () => {
    const found = assess(INTRUSION, document([seen('new-account'), seen('persistence')]));
    expect(found).toMatchObject({ type: 'intrusion', derived: { type: 'unknown' } });
    expect(doubtsOf(found)).toBe(1);
  });

  test('an unknown type is never guessed, however clear the evidence', () => {
    const found = assess({ type: 'unknown', severity: 'high' }, document([seen('ransom-note')]));
    expect(found).toMatchObject({ type: 'unknown', needsHuman: true, derived: { type: 'malware' } });
  });

  test('B5 evidence for a higher severity is a contradiction to show, but no doubt', () => {
    const found = assess({ type: 'malware', severity: 'medium' }, document([seen('ransom-note')]));
    expect(found.contradictions).toHaveLength(1);
    expect(doubtsOf(found)).toBe(0);
  });
});

describe('N6 contradictions as facts for notices', () => {
  test('each is coded, with the points behind it', () => {
    const found = assess({ type: 'ddos', severity: 'medium' }, document([seen('privilege-escalation')]));
    expect(conflictFacts(found)).toEqual([
      { fact: 'type-contradicted', stated: 'ddos', derived: 'intrusion', points: [3, 0] },
      { fact: 'severity-contradicted', stated: 'medium', derived: 'critical' },
    ]);
  });

  test('an assessment of an earlier version has sentences, and beside them perhaps the facts', () => {
    const found = assess({ type: 'malware', severity: 'medium' }, document([seen('ransom-note')]));
    const earlier = { ...found, contradictions: [onRecord('stated medium, but …')] };
    const conflicts = [{ fact: 'severity-contradicted', stated: 'medium', derived: 'critical' }] as const;
    expect(conflictFacts(earlier)).toEqual([{ fact: 'recorded', words: 'stated medium, but …' }]);
    expect(conflictFacts({ ...earlier, conflicts })).toEqual(conflicts);
  });
});

describe('B3 classification by a person', () => {
  test('the word stands; stated, derived and contradictions are kept', () => {
    const before = assess({ type: 'ddos', severity: 'high' }, document([seen('privilege-escalation')]));
    const after = classified(before, 'intrusion', 'mori');
    expect(after).toEqual({
      ...before,
      type: 'intrusion',
      needsHuman: false,
      reasons: [...before.reasons, { fact: 'classified', type: 'intrusion', by: 'mori' }],
    });
  });
});
