import type { Fact } from '../fact';
import type { ErrorCode } from '../errors';
import type { FailedTarget, Fault } from '../fault';
import { quotedJa } from '../quotation';
import { isTargetReason } from '../target-reason';
import { causeInJapanese } from './causes-ja';
import { OUTCOMES_JA, REASONS_JA } from './target-reasons-ja';

/** Words a fact. */
type Say = (fact: Fact) => string;

/** The catalogue of errors in Japanese; what to do is the notice's business. */
const ERRORS_JA: Readonly<Record<ErrorCode | 'CANCELLED', string>> = {
  BAD_INPUT: '入力内容が不正',
  INPUT_TOO_LARGE: 'インシデント文書が4MBを超過',
  CONFIG_INVALID: '設定が不正',
  UNKNOWN_INCIDENT: '該当するインシデントなし',
  UNKNOWN_HOST: '未登録のホスト',
  INCIDENT_OPEN: '同じホストで同じ種別のインシデントが対応中',
  INCIDENT_JOINED: '検知システムの再通報で新しい内容がなく、対応中のインシデントに統合',
  TOO_MANY_OPEN: '対応中のインシデントが上限に到達',
  LINE_BUSY: 'この電話番号へ発信中',
  INCIDENT_CLOSED: 'インシデントは終了済みで、指示を受け付けない',
  ENDED_BY_ORDER: '担当者が引き継いだか終了を指示したため、新たな対策は行わない',
  CONTROLS_HOLD: 'ホストの対策は実施済みと記録されているため、強制遮断は行わない',
  WRONG_STATE: '現在の状態では実行できない',
  PLAN_CHANGED: '計画が提示時から変更されている',
  NOT_AUTHORISED: '指示に権限がない',
  GRANT_UNKNOWN: '指示の許可証がないか、登録されていない',
  GRANT_EXPIRED: '許可証の期限切れ',
  GRANT_USED: '許可証は使用済み',
  GRANT_MISMATCH: '許可証が別の指示のもの',
  SIGNATURE_INVALID: '署名が操作者の登録鍵と一致しない',
  OTP_INVALID: 'ワンタイムコードの誤り',
  RECOVERY_INVALID: '復旧コードが無効',
  OTP_REUSED: 'ワンタイムコードの再使用',
  OPERATOR_UNKNOWN: '未登録の操作者',
  OPERATOR_LOCKED: 'コードを5回誤ったため操作者をロック',
  OPERATOR_DISABLED: '操作者は無効化されている',
  OPERATOR_CHANGED: '操作者の登録が想定と異なる',
  OPERATOR_NOT_ALLOWED: '操作者にこの指示の権限がない',
  HOST_UNREACHABLE: 'ホストにSSHで接続できない',
  HOST_KEY_UNKNOWN: 'ホスト鍵が未登録',
  HOST_KEY_MISMATCH: 'ホスト鍵が確認したものと異なる',
  HOST_KEY_CHANGED: 'ホスト鍵が登録済みのものと異なる',
  MACHINE_CHANGED: '対策を実施したマシンとは別のマシン',
  JOURNAL_LOST: 'ホストが有効な対策の記録を失った',
  HOST_AUTH_REFUSED: 'ホストが Firebreak の鍵を拒否',
  HOST_GATE_NOT_REACHED: 'ホストへのログインが Firebreak のゲートの手前で終了',
  HOST_TIMEOUT: 'ホストが時間内に応答しない',
  HOST_SCRIPT_REFUSED: 'ホスト側の許可リストにないスクリプトの版',
  HOST_ORDER_REFUSED: 'アクセスを広げる操作について、ホストが確認できる署名付きの指示がない',
  HOST_ORDER_UNCHECKED: 'ホストが操作者の署名を確認できない',
  HOST_REPLY_REFUSED: 'ホストの応答が Firebreak のプログラムの応答としてあり得ない',
  HOST_SET_ASIDE: 'ホストへの問い合わせを数分間停止中',
  HOST_JOURNAL_UNWRITABLE: 'ホストが操作の記録を書き込めない',
  SUDO_REFUSED: 'ホストで管理者権限の使用を拒否された',
  UNSUPPORTED_HOST: '利用できるパケットフィルターがホストにない',
  OUTCOME_UNKNOWN: '実行中に接続が切れ、適用されたかどうか不明',
  DRIFT: 'ホストが対策後の状態から変更されているため、上書きしていない',
  VERIFY_FAILED: 'ホストから読み戻した内容が計画と一致しない',
  TARGET_REFUSED: '保護対象または許可されていない対象',
  LAST_ADMINISTRATOR: 'root、Firebreak 自身、または最後の管理者のアカウント',
  LOGS_UNAVAILABLE: 'ログを取得できない',
  DISK_FULL: '証拠保存先の空き容量がない',
  EVIDENCE_BROKEN: '証拠バッグの検証に失敗',
  EVIDENCE_SEALED: '証拠バッグは封印済みで追記できない',
  EVIDENCE_BUSY: '別のワーカーが証拠バッグへの書き込みを長く続けている',
  EVIDENCE_LOCK_LOST: '書き込み中に証拠バッグのロックを失った',
  REPORT_CHANGED: 'レポートが作成時のファイルと一致しない',
  CHANNEL_REFUSED: '通知手段に送信を拒否された',
  CHANNEL_RATE_LIMITED: '通知手段が送信間隔を制限している',
  CHANNEL_TIMEOUT: '通知手段が時間内に応答しない',
  CHANNEL_NOT_CONFIGURED: '通知手段が未設定',
  NOT_PICKED_UP: '電話に応答がない',
  DATABASE_UNREACHABLE: 'データベースに接続できない',
  LEDGER_UNREACHABLE: '監査台帳に接続できない',
  AUDIT_BROKEN: '監査記録の検証に失敗',
  TEMPORAL_UNREACHABLE: 'Temporal サーバーに接続できない',
  NO_WORKER: '稼働中のワーカーがない',
  DEADLINE_PASSED: '対応の制限時間に到達',
  SHARE_USED_UP: '手順の持ち時間を使い切った',
  UNEXPECTED: '想定外の事象',
  CANCELLED: '取り消された',
};

function targetJa(say: Say, { target, outcome, why = [], also = [], detail }: FailedTarget): string {
  const known = [...why.filter(isTargetReason).map((reason) => REASONS_JA[reason]), ...also.map(say)];
  const because = known.length > 0 ? `（${known.join('、')}）` : detail === undefined ? '' : quotedJa(detail);
  return `${target}：${OUTCOMES_JA[outcome]}${because}`;
}

/** What went wrong, then what does not hold by name, or the detail as a quotation. */
export function faultJa(say: Say, { code, why, detail, limit, targets = [], more = 0 }: Fault): string {
  if (limit !== undefined) return `持ち時間${limit}を使い切った`;
  if (targets.length > 0)
    return `${ERRORS_JA[code]}（${[...targets.map((target) => targetJa(say, target)), ...(more > 0 ? [`ほか${more}件`] : [])].join('；')}）`;
  if (why !== undefined) return `${ERRORS_JA[code]}（${causeInJapanese(why)}）`;
  return detail === undefined ? ERRORS_JA[code] : `${ERRORS_JA[code]}${quotedJa(detail)}`;
}
