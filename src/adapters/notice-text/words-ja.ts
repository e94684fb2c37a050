import type { ActionKind } from '../../domain/plan';
import type { OrderAction } from '../../domain/order';
import type { Channel } from '../../domain/words';
import type { LocaleTexts } from './locale-texts';

type Words = Pick<LocaleTexts, 'severity' | 'type' | 'mode' | 'outcome' | 'stage'> & {
  readonly channel: Readonly<Record<Channel, string>>;
  readonly control: Readonly<Record<ActionKind | 'forced-isolation', string>>;
  readonly order: Readonly<Record<OrderAction, string>>;
};

/** Severity words as IPA uses them for 緊急 (Critical), 重要 (High), 警告 (Medium). */
export const WORDS_JA: Words = {
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
};
