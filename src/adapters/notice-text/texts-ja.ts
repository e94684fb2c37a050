import { FACTS_JA } from '../../domain/ja/facts-ja';
import { WORDS_JA } from '../../domain/ja/words-ja';
import { KINDS_JA, UNDO_FAILED_JA } from './kinds-ja';
import type { LocaleTexts } from './locale-texts';

const { severity, type, mode, outcome, stage } = WORDS_JA;

export const JA: LocaleTexts = {
  severity,
  type,
  mode,
  outcome,
  stage,
  kind: KINDS_JA,
  undoFailed: UNDO_FAILED_JA,
  fact: FACTS_JA,
  byHand: (act) =>
    act.byHand === 'cut-off'
      ? `${act.host} を手動で切り離し、その後に引き継いでください（${act.then}）`
      : `${act.host} のログを手動で確保してください`,
  drill: {
    mark: '訓練',
    line: '【訓練】これは訓練です。ホストの確認のみを行い、設定は変更しません。',
    spoken: 'これは訓練です',
  },
  labels: {
    what: '発生した事象',
    title: '検知時の件名',
    done: '実施した対応',
    exercise: '（訓練）',
    outcome: '結果',
    stage: '特記事項',
    facts: '詳細',
    next: '次の行動',
    incident: 'インシデント',
    mode: '対応モード',
  },
  nextForDepartments: '対応は不要です。セキュリティ担当が対応しています。',
  colon: '：',
  listSeparator: '、',
  sentenceEnd: '。',
  mark: (text) => `【${text}】`,
  what: (type, hosts) => (hosts === '' ? type : `${type}（対象：${hosts}）`),
  spokenWhat: (type, hosts) => (hosts === '' ? type : `${type}、対象は${hosts}です`),
  andMore: (host, more) => `${host} ほか${more}台`,
  spokenIncident: (spelled) => `インシデント番号、${spelled}`,
  footer: 'Firebreak より送信',
};
