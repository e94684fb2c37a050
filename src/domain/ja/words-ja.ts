import type { IndicatorKind } from '../incident';
import type { OrderAction } from '../order';
import type { ActionKind } from '../plan';
import type { AbnormalStage, Channel, IncidentType, NoticeKind, Outcome, ResponseMode, Severity } from '../words';

interface WordsJa {
  readonly severity: Readonly<Record<Severity, string>>;
  readonly type: Readonly<Record<IncidentType, string>>;
  readonly mode: Readonly<Record<ResponseMode, string>>;
  readonly outcome: Readonly<Record<Outcome, string>>;
  readonly stage: Readonly<Record<Exclude<AbnormalStage, 'none'>, string>>;
  readonly channel: Readonly<Record<Channel, string>>;
  readonly control: Readonly<Record<ActionKind | 'forced-isolation', string>>;
  readonly order: Readonly<Record<OrderAction, string>>;
  readonly notice: Readonly<Record<NoticeKind, string>>;
  readonly indicator: Readonly<Record<IndicatorKind, string>>;
}

/** Severity words as IPA uses them for 緊急 (Critical), 重要 (High), 警告 (Medium). */
export const WORDS_JA: WordsJa = {
  severity: { critical: '緊急', high: '重要', medium: '警告' },
  type: { intrusion: '不正侵入', malware: 'マルウェア感染', ddos: 'DDoS攻撃', unknown: '種別不明のインシデント' },
  mode: { isolate: '隔離', monitor: '監視', block: '遮断' },
  outcome: {
    contained: '封じ込め完了（ホスト上で設定を確認済み）',
    'contained-by-force': '強制遮断により封じ込め',
    'contained-in-part': '一部のみ封じ込め',
    monitored: '監視と証拠の保全のみ（遮断なし）',
    manual: '手動対応へ移行',
    refused: '対応を拒否',
    'stood-down': '対応中止',
    'false-positive': '誤検知',
    joined: '対応中のインシデントに統合',
    rehearsed: '訓練完了（設定の変更なし）',
  },
  stage: {
    partial: '一部が失敗し、残りを続行',
    manual: '手動対応が必要',
    escalated: 'エスカレーション済み',
    emergency: '緊急事態宣言',
  },
  channel: { voice: '電話', sms: 'SMS', mail: 'メール', slack: 'Slack' },
  control: {
    'block-sources': '攻撃元の遮断',
    'disable-account': 'アカウントの無効化',
    'isolate-host': 'ホストの隔離',
    'isolate-segment': 'セグメントの隔離',
    'emergency-access': '緊急アクセス',
    'heighten-monitoring': '監視の強化',
    'forced-isolation': '強制遮断',
  },
  order: {
    respond: '対応の開始',
    classify: '種別の判定',
    approve: '承認',
    reject: '却下',
    acknowledge: '受領確認',
    'take-over': '対応の引き継ぎ',
    escalate: 'エスカレーション',
    'stand-down': '対応の中止',
    release: '対策の解除',
    unblock: 'アドレスの遮断解除',
    'evidence-supplement': '証拠の追加保全',
    'evidence-transfer': '証拠の引き渡し',
    'evidence-dispose': '証拠の廃棄',
    'operator-add': '操作者の登録',
    'operator-remove': '操作者の削除',
    'operator-disable': '操作者の無効化',
    'operator-enable': '操作者の有効化',
    'operator-unlock': '操作者のロック解除',
    'operator-roles': '操作者の権限変更',
    'operator-rotate': '操作者の認証情報の更新',
    'operator-recovery-codes': '復旧コードの発行',
    'operator-recover': '復旧コードによるロック解除',
  },
  notice: {
    start: '緊急対応の開始',
    'classification-needed': '種別の判定依頼',
    'approval-needed': '承認依頼',
    'control-failed': 'アクセス制御の失敗',
    'logs-failed': 'ログ収集の失敗',
    'notification-failed': '通知の失敗',
    delay: '対応の遅れ',
    'security-worse': 'セキュリティ状態の悪化',
    'manual-response': '手動対応要請',
    escalation: 'エスカレーション',
    emergency: '緊急事態宣言',
    completion: '対応完了',
    failure: '対応失敗',
    'stand-down': '対応中止',
    release: '対策の解除',
    unauthorised: '権限のない指示',
    drift: '対策の消失',
  },
  indicator: {
    'login-success-after-failures': '失敗後のログイン成功',
    'failed-logins': 'ログイン失敗',
    'new-account': '新規アカウント',
    'privilege-escalation': '権限昇格',
    'unexpected-listener': '想定外の待受',
    'lateral-movement': '横展開',
    'data-exfiltration': 'データ持ち出し',
    'malicious-process': '不正プロセス',
    'malicious-file': '不正ファイル',
    persistence: '永続化',
    'command-and-control': 'C&C 通信',
    'ransom-note': '身代金要求',
    'packet-flood': 'パケットフラッド',
    'request-flood': 'リクエストフラッド',
    'connection-exhaustion': '接続枯渇',
    'port-scan': 'ポートスキャン',
    other: 'その他',
  },
};
