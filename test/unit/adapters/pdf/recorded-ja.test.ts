import { assess } from '../../../../src/domain/assessment';
import { INDICATOR_KINDS } from '../../../../src/domain/incident';
import { recordedJa } from '../../../../src/adapters/pdf/texts/recorded-ja';
import { reportModel } from '../../../support/report-model';

const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

describe('P1 recorded English sentences stand in Japanese in the Japanese report', () => {
  it.each([
    ['control access', 'アクセス制御'],
    ['forced isolation of web-2: holds by gateway', 'web-2 の強制遮断：gateway で有効'],
    ['web-1: block 12 sources, both directions', 'web-1：攻撃元12件を双方向で遮断'],
    [
      'manual: access control failed on web-2 (HOST_TIMEOUT)',
      '手動対応へ移行：web-2 のアクセス制御に失敗（HOST_TIMEOUT）',
    ],
    ['web-1: 2 addresses unblocked', 'web-1：アドレス2件の遮断を解除'],
    ['web-1: 0 addresses unblocked, 3 were not in force any more', 'web-1：アドレス0件の遮断を解除（3件はすでに無効）'],
    ['unblock by bob: a customer', 'アドレスの遮断解除（bob）：a customer'],
    ['respond by alice: stolen key', '対応の開始（alice）：stolen key'],
    ['control access: by order', 'アクセス制御：指示による'],
    [
      'Take over: the time for the response is over. Open acts: none.',
      '対応を引き継ぐ：対応の制限時間に到達。未完了の対策：なし。',
    ],
  ])('%s', (english, japanese) => {
    expect(recordedJa(english)).toBe(japanese);
  });

  it('leaves what it does not know as it was recorded', () => {
    expect(recordedJa('the moon: is out of range')).toBe('the moon: is out of range');
  });

  it('puts nothing of a replacement pattern where the record has it', () => {
    expect(recordedJa("respond by $1: $& $' $2")).toBe("対応の開始（$1）：$& $' $2");
  });

  it('knows every sentence of the decision table', () => {
    const { document } = reportModel();
    const indicators = INDICATOR_KINDS.map((kind) => ({ kind, value: 'x', count: 100_000 }));
    const { reasons, contradictions } = assess(
      { type: 'malware', severity: 'medium' },
      { ...document, indicators, hosts: ['a', 'b', 'c', 'd', 'e'] },
    );
    for (const sentence of [...reasons, ...contradictions]) {
      expect(recordedJa(sentence)).not.toBe(sentence);
      expect(recordedJa(sentence)).toMatch(JAPANESE);
    }
  });

  it('ends on sentences that nest without end', () => {
    const nested = `${'manual: '.repeat(5_000)}x`;
    expect(recordedJa(nested)).toContain('手動対応へ移行');
  });
});
