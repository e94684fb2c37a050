import { absentBecause, type AbsenceInfo } from '../../../src/domain/evidence';
import { factText, onRecord, type Recorded } from '../../../src/domain/fact';
import { inEnglish } from '../../../src/domain/fact-words';
import { FACTS_JA } from '../../../src/domain/ja/facts-ja';
import { remarked, remarksOf, targetBecause, type ActionResult, type TargetResult } from '../../../src/domain/plan';
import type { SecurityReading } from '../../../src/domain/security-state';

const inJapanese = (said: readonly Recorded[]): readonly string[] => said.map((fact) => factText(FACTS_JA, fact));

describe('P1 what is remarked is a fact, with its English beside it for programs', () => {
  test('of an act', () => {
    const said = remarked([{ fact: 'no-gateway' }, { fact: 'processes-ended', count: 3 }]);
    expect(said.notes).toEqual([
      'the inventory names no gateway for this host',
      '3 processes of the account were ended',
    ]);
    expect(inJapanese(remarksOf(said))).toEqual([
      'ホスト台帳にこのホストのゲートウェイがない',
      'アカウントのプロセス3件を終了',
    ]);
    expect(remarked([])).toEqual({ notes: [] });
  });

  test('of a target, by reason or by fact', () => {
    const path = '/home/miner/.ssh/authorized_keys';
    expect(targetBecause('miner', 'failed', ['keys-in-place'], [{ fact: 'first-file', path }])).toEqual({
      target: 'miner',
      outcome: 'failed',
      detail: `key files or a crontab are in place; the first is ${path}`,
      why: ['keys-in-place'],
      also: [{ fact: 'first-file', path }],
    });
    expect(targetBecause('miner', 'applied', [])).toEqual({ target: 'miner', outcome: 'applied' });
  });

  test('of a source that gave nothing', () => {
    expect(absentBecause({ fact: 'no-bytes', why: 'cut', cut: 'size-cap' })).toEqual({
      reason: 'it was cut (size-cap)',
      why: { fact: 'no-bytes', why: 'cut', cut: 'size-cap' },
    });
  });

  test('a result of an earlier version, which has sentences only, is quoted', () => {
    const earlier = { notes: [onRecord('3 sessions dropped')] };
    expect(inJapanese(remarksOf(earlier))).toEqual(['「3 sessions dropped」']);
    expect(remarksOf(earlier).map(inEnglish)).toEqual(['“3 sessions dropped”']);
  });
});

test('P1 a sentence without a code does not compile', () => {
  // @ts-expect-error a note is the English of a fact
  const notes: ActionResult['notes'] = ['the link was lost'];
  // @ts-expect-error so is the detail of a target
  const detail: TargetResult['detail'] = 'keys in place';
  // @ts-expect-error and the reason of an absence
  const reason: AbsenceInfo['reason'] = 'no entries';
  // @ts-expect-error and why a part of a reading is not known
  const unknown: SecurityReading['unknown'] = { load: 'no answer' };
  // @ts-expect-error and whatever is recorded in place of a fact
  const recorded: Recorded = 'something happened';
  expect([notes, detail, reason, unknown, recorded]).toHaveLength(5);
});
