import { WORDS_JA } from './words-ja';

/** Single words of the closed sets, as they stand inside recorded phrases. */
const SINGLE: ReadonlyMap<string, string> = new Map(
  [
    WORDS_JA.type,
    WORDS_JA.severity,
    WORDS_JA.mode,
    WORDS_JA.outcome,
    WORDS_JA.indicator,
    WORDS_JA.order,
    WORDS_JA.act,
    WORDS_JA.channel,
  ].flatMap((words) => Object.entries(words)),
);

/** A recorded English phrase and its Japanese; `$1`, `$2` … stand for what the phrase was about, itself translated. */
type Phrase = readonly [pattern: RegExp, japanese: string];

/**
 * Sentences that the run records in English (timeline, failures, next steps, deviations), in Japanese for the report.
 * The record stays as it is: report.json has the words as they were written, and so has this report where none of
 * these fits.
 */
const PHRASES: readonly Phrase[] = [
  [/^capture volatile state$/, '揮発性情報の取得'],
  [/^classify and assess$/, '種別の判定と深刻度の評価'],
  [/^wait for a person to classify$/, '担当者による種別の判定を待機'],
  [/^write the completion report$/, '完了報告の作成'],
  [/^control access$/, 'アクセス制御'],
  [/^decide the policy$/, '対応方針の決定'],
  [/^forced isolation of (\S+)$/, '$1 の強制遮断'],
  [/^hand over to people$/, '担当者への引き継ぎ'],
  [/^collect and preserve logs$/, 'ログの収集と保全'],
  [/^alternative log sources?(?: of (\S+))?$/, '代替手段によるログ収集 $1'],
  [/^seal the evidence$/, '証拠の封印'],
  [/^heighten monitoring$/, '監視の強化'],
  [/^urgent notification$/, '緊急通知'],
  [/^(\S+): block (\d+) sources, both directions$/, '$1：攻撃元$2件を双方向で遮断'],
  [/^(\S+): block (\d+) sources$/, '$1：攻撃元$2件を遮断'],
  [/^(\S+): (\d+) addresses unblocked$/, '$1：アドレス$2件の遮断を解除'],
  [
    /^(\S+): (\d+) addresses unblocked, (\d+) were not in force any more$/,
    '$1：アドレス$2件の遮断を解除（$3件はすでに無効）',
  ],
  [/^(\S+): disable account (\S+), end its sessions$/, '$1：アカウント $2 を無効化し、セッションを切断'],
  [/^(\S+): isolate, management stays open$/, '$1：隔離（管理用経路は維持）'],
  [/^(\S+): isolate segment (\S+)$/, '$1：セグメント $2 を隔離'],
  [/^(\S+): emergency access (\S+)$/, '$1：緊急アクセス $2 を設定'],
  [/^(\S+): heighten monitoring$/, '$1：監視を強化'],
  [/^the policy for (\S+), (\S+), (\S+) blocks no address$/, '方針（$1・$2・$3）ではアドレスを遮断しない'],
  [/^the policy for (\S+), (\S+), (\S+) disables no account$/, '方針（$1・$2・$3）ではアカウントを無効化しない'],
  [/^the policy for (\S+), (\S+), (\S+) isolates no host$/, '方針（$1・$2・$3）ではホストを隔離しない'],
  [/^the policy for (\S+), (\S+), (\S+) isolates no segment$/, '方針（$1・$2・$3）ではセグメントを隔離しない'],
  [
    /^an account of digits only, or with a dollar sign, is not acted on$/,
    '数字のみ、またはドル記号を含むアカウントには対応しない',
  ],
  [/^by order$/, '指示による'],
  [/^the plan contains nothing$/, '計画に対策なし'],
  [/^holds by (\S+)$/, '$1 で有効'],
  [/^reported again by (\S+): (\d+) repeats?, the last one (\S+)$/, '$1 が再通報（$2回、最新は $3）'],
  [/^joined (\S+): a repeat that brings nothing new$/, '新しい内容がないため $1 に統合'],
  [/^partial: (.+)$/, '一部失敗：$1'],
  [/^manual: (.+)$/, '手動対応へ移行：$1'],
  [/^escalated: (.+)$/, 'エスカレーション：$1'],
  [/^emergency: (.+)$/, '緊急事態宣言：$1'],
  [/^second try: (.+)$/, '2回目の実行：$1'],
  [/^response ended: (\S+), (.+) after the declaration$/, '対応終了：$1（宣言から$2）'],
  [
    /^(approve|reject|classify|acknowledge|take-over|escalate|stand-down|release|unblock|respond) by (\S+): (.*)$/,
    '$1（$2）：$3',
  ],
  [/^assessment failed: (.+)$/, '判定に失敗：$1'],
  [/^the incident could not be assessed$/, 'インシデントを判定できない'],
  [/^the incident type is unknown or contradictory$/, '種別が不明、または申告と証拠が矛盾'],
  [/^nobody classified the incident(?: within (.+))?$/, '種別の判定が時間内に行われなかった'],
  [/^the evidence bag could not be opened(?:: (.+))?$/, '証拠バッグを開けない $1'],
  [/^the evidence bag is not sealed(?:: (.+))?$/, '証拠バッグが封印されていない $1'],
  [/^volatile state of (\S+) not captured: (.+)$/, '$1 の揮発性情報を取得できない：$2'],
  [/^access control failed on (\S+): (.+)$/, '$1 のアクセス制御に失敗：$2'],
  [/^access control failed on (\S+)(?: \((\S+)\))?$/, '$1 のアクセス制御に失敗（$2）'],
  [/^log collection failed on (\S+): (.+)$/, '$1 のログ収集に失敗：$2'],
  [/^log collection failed on (\S+)(?: \((\S+)\))?$/, '$1 のログ収集に失敗（$2）'],
  [/^no log source of (\S+) gave anything: (.+)$/, '$1 のどのログも取得できない：$2'],
  [/^no logs from (\S+)$/, '$1 のログを取得できない'],
  [/^no plan could be made(?:: (.+))?$/, '計画を作成できない $1'],
  [/^no plan was made$/, '計画は作成されていない'],
  [/^(\S+) is (?:NOT|not) contained: (.+)$/, '$1 は封じ込められていない：$2'],
  [/^forced isolation could not be staged on (\S+): (.+)$/, '$1 で強制遮断の準備に失敗：$2'],
  [/^forced isolation was not approved$/, '強制遮断は承認されなかった'],
  [/^the inventory says this host must stay up$/, '停止できないホストとして登録されている'],
  [/^security state of (\S+) before containment not read: (.+)$/, '$1 の対応前の状態を測定できない：$2'],
  [/^the report could not be written(?:: (.+))?$/, 'レポートを作成できない $1'],
  [/^the ledger is still unreachable: (.+)$/, '監査台帳に接続できない：$1'],
  [/^time share of (\S+) used up$/, '持ち時間$1を使い切った'],
  [/^the time for the response is over$/, '対応の制限時間に到達'],
  [/^the run was cancelled$/, '実行が取り消された'],
  [/^(.+): what is not done yet is up to people$/, '$1（残りは担当者が対応）'],
  [/^the response failed twice: (.+)$/, '対応が2回失敗：$1'],
  [/^hand-over incomplete: (.+)$/, '引き継ぎが未完了：$1'],
  [/^(.+): nobody approved in time$/, '$1：時間内に承認されなかった'],
  [/^(.+): not approved$/, '$1：承認されなかった'],
  [/^(.+) was not approved$/, '$1：承認されなかった'],
  [/^(.+) failed: (.+)$/, '$1：失敗（$2）'],
  [/^Take over: (.+)\. Open acts: (.+)\.$/, '対応を引き継ぐ：$1。未完了の対策：$2。'],
  [/^none$/, 'なし'],
  [
    /^Classify the incident and decide on containment: nothing was cut off\.$/,
    '種別を判定し、封じ込めを判断する（遮断は未実施）。',
  ],
  [/^Cut (\S+) off by hand NOW: (.+)\.$/, '今すぐ手動で $1 を切り離す：$2。'],
  [
    /^(\S+) is cut off by force \((\S+)\): look at it through emergency access, then release\.$/,
    '$1 は強制遮断中（$2）。緊急アクセスで確認した後、解除する。',
  ],
  [
    /^(\S+) is cut off by force \((\S+)\): look at it at its console or from a management address, then release\.$/,
    '$1 は強制遮断中（$2）。コンソールまたは管理用アドレスから確認した後、解除する。',
  ],
  [
    /^Undo (\S+) on (\S+), it may still be in force \(([^()]+)\): (firebreak \S+ \S+)\.$/,
    '$2 の「$1」を元に戻す。現在も有効な可能性あり（$3）：$4。',
  ],
  [/^not confirmed$/, '未確認'],
  [
    /^Secure the logs of (\S+) by hand: no source gave anything\.$/,
    '$1 のログを手動で確保する（どの手段でも取得できなかった）。',
  ],
  [/^Decide on: (.+) \(not approved\)\.$/, '判断が必要：$1（承認されていない）。'],
  [
    /^Contain by hand, or respond again and name what is to be contained: nothing was named\.$/,
    '手動で封じ込めるか、封じ込めの対象を指定して対応をやり直す（対象の指定がなかった）。',
  ],
  [/^Contain by hand: no plan could be made\.$/, '手動で封じ込める（計画を作成できなかった）。'],
  [/^Respond by hand: the response failed twice \((.+)\)\.$/, '手動で対応する：自動対応が2回失敗（$1）。'],
  [
    /^Free the forensics directory and seal the bag: it is kept as it is, unsealed\.$/,
    '証拠保存先の空き容量を確保し、バッグを封印する（未封印のまま保持）。',
  ],
  [
    /^When it is over: (firebreak release \S+)\. A false alarm: (firebreak stand-down \S+)\.$/,
    '収束後：$1。誤検知の場合：$2。',
  ],
  [/^(\S+) × (\d+) speaks for (\S+), weight (\d)$/, '$1 × $2：「$3」を示唆（重み $4）'],
  [/^(\S+) × (\d+) calls for (\S+)$/, '$1 × $2：深刻度「$3」に相当'],
  [/^(\d+) hosts, (\d+) segments: a whole segment is touched$/, 'ホスト$1台、セグメント$2件：セグメント全体に影響'],
  [/^(\d+) hosts are touched$/, 'ホスト$1台に影響'],
  [/^classified as (\S+) by (\S+)$/, '$2 が $1 と判定'],
  [/^the evidence speaks equally for (\S+) and (\S+)$/, '証拠は $1 と $2 を同程度に示唆'],
  [
    /^stated (\S+), but the evidence speaks for (\S+) \((\d+) to (\d+)\)$/,
    '申告は $1 だが、証拠は $2 を示唆（$3 対 $4）',
  ],
  [
    /^stated (\S+), but the evidence calls for (\S+); the higher one is used$/,
    '申告の深刻度は「$1」だが、証拠は「$2」に相当（高いほうを採用）',
  ],
  [/^critical incident is only monitored, by order: (.+)$/, '緊急のインシデントを指示により監視のみとした：$1'],
  [/^the incident type is not classified: nothing is contained$/, '種別が未判定のため、封じ込めは行わない'],
  [/^no emergency access on (\S+): none is configured$/, '$1 に緊急アクセスの設定がない'],
  [/^no emergency access on (\S+)$/, '$1 に緊急アクセスがない'],
  [/^doubt lowers the unattended response from (\S+) to (\S+)$/, '確信度が低いため、無人対応を $1 から $2 に下げた'],
  [
    /^a detector may not go beyond (\S+) without a person: (\S+) was asked for$/,
    '検知システム単独では $1 まで（要求は $2）',
  ],
];

const MOST_NESTED = 4;

/** The Japanese of a recorded phrase, or the phrase itself. Steps with a note (`step: note`) are translated in both halves. */
export function recordedJa(text: string, depth = 0): string {
  if (depth > MOST_NESTED) return text;
  const single = SINGLE.get(text);
  if (single !== undefined) return single;
  for (const [pattern, japanese] of PHRASES) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const put = (_: string, index: string): string => recordedJa(match[Number(index)] ?? '', depth + 1);
    return japanese.replace(/\$(\d)/g, put).trim();
  }
  const colon = text.indexOf(': ');
  if (colon < 0) return text;
  const [head, rest] = [text.slice(0, colon), text.slice(colon + 2)];
  const translated = recordedJa(head, depth + 1);
  return translated === head ? text : `${translated}：${recordedJa(rest, depth + 1)}`;
}
