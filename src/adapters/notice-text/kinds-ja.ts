import type { NoticeKind } from '../../domain/words';
import type { KindText } from './locale-texts';

const status = (id: string): string => `firebreak status ${id}`;
const takeOver = (id: string): string => `firebreak take-over ${id}`;

/** What is said about each kind of notice. */
export const KINDS_JA: Readonly<Record<NoticeKind, KindText>> = {
  start: {
    headline: '緊急対応を開始',
    spoken: '緊急対応を開始しました',
    done: {
      block: '攻撃元を遮断し、証拠を保全しています。',
      isolate: '攻撃元の遮断、アカウントの無効化、ホストの隔離を進め、証拠を保全しています。',
      monitor: '遮断は行わず、監視と証拠の保全のみを行っています。',
    },
    next: (id) => `受領を確認してください（firebreak ack ${id}）`,
    spokenNext: '受領を確認し、メールまたはスラックをご覧ください',
  },
  'classification-needed': {
    headline: '種別の判定が必要',
    spoken: 'インシデント種別の判定が必要です',
    done: '種別の判定を待っています。その間もログの保全を続けています。',
    next: (id) => `内容を確認し、種別を判定してください（${status(id)} にコマンドを表示）`,
    spokenNext: '至急、種別を判定してください',
  },
  'approval-needed': {
    headline: '承認が必要',
    spoken: '承認が必要です',
    done: '計画の一部が承認待ちです。時間内に回答がなければ、その部分は実施しません。',
    next: (id) => `内容を確認し、判断してください（${status(id)} にコマンドを表示）`,
    spokenNext: '至急、計画を承認または却下してください',
  },
  'control-failed': {
    headline: 'アクセス制御に失敗',
    spoken: 'アクセス制御に失敗しました',
    done: '失敗したホストは、許可されている範囲で強制遮断します。ログの保全は続けています。',
    next: (id) => `手動での隔離に備えてください（${status(id)}）`,
    spokenNext: '手動での隔離に備えてください',
  },
  'logs-failed': {
    headline: 'ログ収集に失敗',
    spoken: 'ログ収集に失敗しました',
    done: '可能な代替手段で収集し、その他の証拠は保全しています。',
    next: (id) => `不足しているログを確認してください（${status(id)}）`,
    spokenNext: '不足しているログを確認してください',
  },
  'notification-failed': {
    headline: '連絡が取れない担当者あり',
    spoken: '連絡が取れない担当者がいます',
    done: '別の手段で連絡を試みています。',
    next: (id) => `別の方法で担当者に連絡してください（${status(id)}）`,
    spokenNext: '別の方法で担当者に連絡してください',
  },
  delay: {
    headline: '対応に遅れ',
    spoken: '対応に遅れが出ています',
    done: '対応を続けています。期限は変わりません。',
    next: (id) => `遅れている手順を確認してください（${status(id)}）`,
    spokenNext: '遅れている手順を確認してください',
  },
  'security-worse': {
    headline: 'セキュリティ状態が悪化',
    spoken: 'セキュリティ状態が悪化しています',
    done: '追加の対策を提案しています。指示があるまで実施しません。',
    next: (id) => `提案内容を確認してください（${status(id)}）`,
    spokenNext: '提案された対策を確認してください',
  },
  'manual-response': {
    headline: '手動対応要請',
    spoken: '手動対応を要請します',
    done: '自動対応だけでは完了できません。実施済みの対策は有効です。',
    next: (id) => `対応を引き継いでください（${takeOver(id)}）`,
    spokenNext: '至急、対応を引き継いでください',
  },
  escalation: {
    headline: 'エスカレーション',
    spoken: 'インシデントがエスカレーションされました',
    done: '先に連絡した担当者から応答がないか、支援の要請がありました。対応は続いています。',
    next: (id) => `受領を確認してください（firebreak ack ${id}）`,
    spokenNext: '受領を確認し、メールまたはスラックをご覧ください',
  },
  emergency: {
    headline: '緊急事態宣言',
    spoken: '緊急事態を宣言しました',
    done: '自動で取れる手段は尽きました。実施済みの対策は有効です。',
    next: (id) => `直ちに対応を引き継いでください（${takeOver(id)}）`,
    spokenNext: '直ちに対応を引き継いでください',
  },
  completion: {
    headline: '緊急対応を完了',
    spoken: '緊急対応が完了しました',
    done: '対応を終了しました。結果は記載のとおりです。',
    next: (id) => `対応レポートを確認してください（firebreak report ${id}）`,
    spokenNext: '対応レポートを確認してください',
  },
  failure: {
    headline: '緊急対応に失敗',
    spoken: '緊急対応に失敗しました',
    done: '実施済みの対策は有効で、記録されています。',
    next: (id) => `対応を引き継いでください（${takeOver(id)}）`,
    spokenNext: '至急、対応を引き継いでください',
  },
  'stand-down': {
    headline: '対応を中止',
    spoken: '対応を中止しました',
    done: '指示により対応を終了しました。有効な対策は状況表示で確認できます。',
    next: (id) => `確認してください（${status(id)}）`,
    spokenNext: '有効な対策が残っていないか確認してください',
  },
  release: {
    headline: '対策を解除',
    spoken: '対策を解除しました',
    done: 'このインシデントの対策を解除しました。',
    next: (id) => `確認してください（${status(id)}）`,
    spokenNext: 'ホストの状態を確認してください',
  },
  unauthorised: {
    headline: '権限のない指示を拒否',
    spoken: '権限のない指示を拒否しました',
    done: '指示を拒否しました。これによる変更はありません。',
    next: (id) => `誰が送ったかを調べてください（${status(id)}）`,
    spokenNext: '誰が送ったかを調べてください',
  },
  drift: {
    headline: 'ホスト上の対策が消失',
    spoken: 'ホスト上の対策の一部が失われました',
    done: '監視により、有効であるべき対策を再適用しています。',
    next: (id) => `誰が外したかを調べてください（${status(id)}）`,
    spokenNext: '誰が外したかを調べてください',
  },
};

export const UNDO_FAILED_JA: KindText = {
  headline: '対策の解除に失敗',
  spoken: '対策の解除に失敗しました',
  done: '解除できない対策があり、現在も有効な可能性があります。',
  next: (id) => `原因を確認し、再度解除を指示してください（${status(id)}）`,
  spokenNext: '原因を確認し、再度解除を指示してください',
};
