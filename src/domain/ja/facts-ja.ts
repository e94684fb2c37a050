import type { BoxName, ForcedIsolationBox, PlainBox } from '../boxes';
import type {
  Act,
  Fact,
  FactTexts,
  LeftOut,
  NotByPolicy,
  NotContained,
  NotDone,
  Recorded,
  UnheldProblem,
} from '../fact';
import { factText } from '../fact';
import type { Fault } from '../fault';
import { byHand } from '../fact-words';
import { codeOf, quotedJa } from '../quotation';
import type { DeliveryState } from '../words';
import { faultJa as faultIn } from './errors-ja';
import { remarksJa } from './remarks-ja';
import { WORDS_JA } from './words-ja';

const BOXES_JA: Readonly<Record<PlainBox, string>> = {
  'classify and assess': '種別の判定と深刻度の評価',
  open: '開始処理',
  'wait for a person to classify': '担当者による種別の判定',
  'preserve logs meanwhile': '判定待ちの間のログの保全',
  'assess again': '判定の再試行',
  'decide the policy': '対応方針の決定',
  'decide the policy again': '対応方針の決定の再試行',
  'urgent notification': '緊急通知',
  'capture volatile state': '揮発性情報の取得',
  prepare: '準備',
  'control access': 'アクセス制御',
  'collect and preserve logs': 'ログの収集と保全',
  'seal the evidence': '証拠の封印',
  'heighten monitoring': '監視の強化',
  'write the completion report': '完了報告の作成',
  'hand over to people': '担当者への引き継ぎ',
};
const NOT_DONE: Readonly<Record<NotDone, string>> = {
  'left-to-people': '担当者に委ねた',
  'nobody-approved': '時間内に承認されなかった',
  'not-approved': '承認されなかった',
};
const STOPPED = { deadline: '対応の制限時間に到達', cancelled: '実行が取り消された' } as const;
const UNWRITTEN = { completion: 'レポート', closing: '終了時のレポート', overview: '統合概要' } as const;
const UNHELD: Readonly<Record<UnheldProblem, string>> = {
  'lost-again': '再適用した直後に再び失われた',
  'not-put-back': '失われ、再適用できない',
  unreadable: '状態を読み戻せない',
  'not-looked-at': '確認できない',
  'another-machine': 'ホスト台帳の現在のマシンとは別のマシンにある',
  'journal-lost': 'ホストがこの対策の記録を失い、解除できない',
};
const LEFT_OUT: Readonly<Record<LeftOut, string>> = {
  'not-in-inventory': 'ホスト台帳に登録されていない',
  'gateway-not-in-inventory': 'セグメントまたはそのゲートウェイがホスト台帳に登録されていない',
  'must-stay-up': '停止できないホストとして登録されている',
  'account-elsewhere': 'アカウントのホストが今回の対応の対象外',
  'account-name': '数字のみ、またはドル記号を含むアカウントには対応しない',
  'root-account': 'root は無効化しない',
  'own-account': 'Firebreak が使用するアカウント',
  'not-an-address': 'IPv4 または IPv6 のアドレスや範囲ではない',
};
const NOT_BY_POLICY: Readonly<Record<NotByPolicy, string>> = {
  block: 'アドレスを遮断しない',
  disable: 'アカウントを無効化しない',
  'isolate-host': 'ホストを隔離しない',
  'isolate-segment': 'セグメントを隔離しない',
};
const NO_ACCESS: Readonly<Record<Fact<'no-emergency-access'>['why'], string>> = {
  'not-configured': '（設定されていない）',
  detector: '（検知システムの指示のため）',
  failed: '',
};
const CONTAIN: Readonly<Record<Fact<'do-contain'>['why'], string>> = {
  'no-plan': '手動で封じ込める（計画を作成できなかった）',
  'all-refused': '手動で封じ込める（すべての対象が拒否された。理由はレポートを参照）',
  'nothing-named': '手動で封じ込めるか、封じ込めの対象を指定して対応をやり直す（対象の指定がなかった）',
};
const ARRIVED: Readonly<Record<DeliveryState, string>> = {
  pending: '送信済み（到達は未確認）',
  delivered: '到達',
  failed: '未到達',
  skipped: '送信せず',
};
const FORCED = 'forced isolation of ';

function isForced(box: BoxName): box is ForcedIsolationBox {
  return box.startsWith(FORCED);
}

function boxJa(box: BoxName): string {
  return isForced(box) ? `${box.slice(FORCED.length)} の強制遮断` : BOXES_JA[box];
}

function actJa({ kind, host, targets, target, bothWays }: Act): string {
  // A plan of an earlier version does not name it.
  const named = target === undefined ? '' : ` ${target} `;
  switch (kind) {
    case 'block-sources':
      return `${host}：攻撃元${targets}件を${bothWays === true ? '双方向で' : ''}遮断`;
    case 'disable-account':
      return `${host}：アカウント${named}を無効化し、セッションを切断`;
    case 'isolate-host':
      return `${host}：隔離（管理用経路は維持）`;
    case 'isolate-segment':
      return `${host}：セグメント${named}を隔離`;
    case 'emergency-access':
      return `${host}：緊急アクセス${named}を設定`;
    case 'heighten-monitoring':
      return `${host}：監視を強化`;
  }
}

function whyJa(why: NotContained): string {
  if (why === 'must-stay-up') return '停止できないホストとして登録されている';
  if (why === 'not-in-order') return '指示に含まれていないゲートウェイ';
  return why === 'not-approved' ? '強制遮断は承認されなかった' : faultJa(why);
}

/** Anybody can send an order of any name. */
function orderJa(action: string): string {
  const words: Readonly<Record<string, string>> = WORDS_JA.order;
  return Object.hasOwn(words, action) ? (words[action] ?? action) : quotedJa(action);
}

function say(recorded: Recorded): string {
  return factText(FACTS_JA, recorded);
}

function faultJa(fault: Fault): string {
  return faultIn(say, fault);
}

function actsJa(acts: readonly Act[], more: number): string {
  return [...acts.map(actJa), ...(more === 0 ? [] : [`ほか${more}件`])].join('、');
}

/** The facts in Japanese, for notices and reports. */
export const FACTS_JA: FactTexts = {
  recorded: ({ words }) => quotedJa(words),
  ...remarksJa(say, faultJa),

  step: ({ box, note }) => (note === undefined ? boxJa(box) : `${boxJa(box)}：${say(note)}`),
  stage: ({ stage, why }) => `${WORDS_JA.stage[stage]}：${why.map(say).join('、')}`,
  'second-try': ({ fault }) => `2回目の実行：${faultJa(fault)}`,
  'response-ended': ({ outcome, after }) => `対応終了：${WORDS_JA.outcome[outcome]}（宣言から ${after}）`,
  'host-loaded': ({ host, percent }) => `${host} の負荷は ${percent} %：下がるまで、ログの収集はほかのホストの後に行う`,
  'host-load-below': ({ host, percent }) => `${host} の負荷は ${percent} % に下がった`,
  ordered: ({ action, by, gone, reason }) =>
    `${orderJa(action)}（${by} の指示${gone === undefined ? '' : `、マシン喪失：${gone.join('、')}`}）${reason === '' ? '' : `：${quotedJa(reason)}`}`,
  'reported-again': ({ by, repeats, last }) => `${by} が再通報（${repeats}回、最新は ${last}）`,
  'joined-to': ({ incident }) => `新しい内容がない再通報のため ${incident} に統合`,
  'start-refused': ({ fault }) => `開始を拒否：${faultJa(fault)}`,
  unblocked: ({ host, unblocked, notInForce }) =>
    `${host}：アドレス${unblocked}件の遮断を解除${notInForce === 0 ? '' : `（${notInForce}件はすでに無効）`}`,
  'act-ended': ({ host, kind, target, asked, inForce, rung, drill }) =>
    `${host}：${WORDS_JA.control[kind]}${target === undefined ? '' : ` ${target}`}：${asked}件中${inForce}件が有効${drill ? 'になる見込み' : ''}${rung === '' ? '' : `（${rung}）`}`,
  'act-undone': ({ host, kind, how, code, by }) => {
    const control = WORDS_JA.control[kind];
    if (how === 'failed') return `${host}：${control}の解除に失敗${code === undefined ? '' : `（${code}）`}`;
    if (how === 'given-up')
      return `${host}：マシンまたはその記録が失われたため${control}の解除を断念${by === undefined ? '' : `（${by}）`}`;
    return `${host}：${control}を${how === 'expired' ? '期限により' : ''}解除`;
  },
  told: ({ notice, state, people, more }) =>
    `通知「${WORDS_JA.notice[notice]}」${ARRIVED[state]}：${[
      ...people.map(({ person, channel }) => `${person}（${WORDS_JA.channel[channel]}）`),
      ...(more === 0 ? [] : [`ほか${more}名`]),
    ].join('、')}`,
  'not-listed': ({ what, count }) => `${what === 'acts' ? '対策' : '通知'}ほか${count}件（該当の節を参照）`,

  'went-wrong': ({ fault }) => faultJa(fault),
  'by-order': () => '指示による',
  'nothing-to-do': ({ what }) => (what === 'no-act' ? '計画に対策なし' : '監視を強化するホストなし'),
  'on-its-way': () => '送信中',
  assessed: ({ type, severity, confidence }) =>
    `${WORDS_JA.type[type]}、深刻度「${WORDS_JA.severity[severity]}」、確信度 ${Math.round(100 * confidence)} %`,
  classified: ({ type, by }) => `${by} が「${WORDS_JA.type[type]}」と判定`,
  'nobody-answered': ({ within }) => `${within} 以内に回答がなかった`,
  'ended-by-order': () => '指示により終了',
  planned: ({ acts, refused, planHash }) => `対策${acts}件、拒否した対象${refused}件、計画 ${planHash}`,
  'holds-by': ({ rung }) => `${rung} で有効`,
  'on-hosts': ({ hosts }) => `ホスト${hosts}台`,
  'failed-on': ({ hosts }) => `失敗したホスト：${hosts.join('、')}`,
  'failed-each': ({ each }) => each.map(({ host, fault }) => `${host}：${faultJa(fault)}`).join('、'),
  'cut-short': () => '回答により途中で終了',
  'nothing-from': ({ hosts }) => `何も取得できなかったホスト：${hosts.join('、')}`,
  'not-captured': ({ hosts }) => `取得できなかったホスト：${hosts.join('、')}`,
  sealed: ({ artefacts, absences, root }) => `証拠物${artefacts}件、取得不可${absences}件、ルート ${root}`,

  'taken-over': ({ by }) => `${by} が対応を引き継いだ`,
  'escalated-by': ({ by, reason }) => `${by} がエスカレーション${reason === '' ? '' : `：${quotedJa(reason)}`}`,
  'nobody-named-type': () => '種別の判定が時間内に行われなかった',
  'no-plan-made': () => '計画は作成されていない',
  'no-logs-from': ({ host }) => `${host} のログがない`,
  'no-emergency-access': ({ host, why }) => `${host} に緊急アクセスがない${NO_ACCESS[why]}`,
  'people-must-respond': () => '担当者による手動の対応が必要',
  'not-read-back': ({ host, fault }) =>
    `${host === undefined ? '失敗した対応' : `${host} で`}の実施内容を読み戻せない：${faultJa(fault)}`,

  'do-assess': () => '手動で判定し、封じ込める（インシデントを判定できなかった）',
  'do-classify': () => '種別を判定し、封じ込めを判断する（遮断は未実施）',
  'do-contain': ({ why }) => CONTAIN[why],
  'do-look-at': ({ hosts }) => `手動で確認する：${hosts.join('、')}（ホスト台帳にないため何も実施していない）`,
  'do-cut-off': ({ host, why }) => `今すぐ手動で ${host} を切り離す（Firebreak は切り離していない：${whyJa(why)}）`,
  'do-look-at-forced': ({ host, rung, access }) =>
    `${host} は強制遮断中（${rung}）。${access ? '緊急アクセスで' : 'コンソールまたは管理用アドレスから'}確認した後、解除する`,
  'do-secure-logs': ({ host }) => `${host} のログを手動で確保する（どの手段でも取得できなかった）`,
  'do-decide': ({ act }) => `判断が必要：${actJa(act)}（承認されていない）`,
  'do-seal': () => '証拠保存先の空き容量を確保し、バッグを封印する（未封印のまま保持）',
  'do-respond': ({ fault }) => `手動で対応する：自動対応が2回失敗（${faultJa(fault)}）`,
  'do-take-over': ({ why, open, more }) =>
    `対応を引き継ぐ：${STOPPED[why]}。未完了の対策：${open.length === 0 ? 'なし' : actsJa(open, more)}`,
  'do-undo': ({ host, kind, code, command }) =>
    `${host} の「${WORDS_JA.control[kind]}」を解除する。現在も有効な可能性あり（${code ?? '未確認'}）：${codeOf(command)}`,
  'do-correct-machine': ({ host, command }) =>
    `${host} は別のマシンになっている。アドレスと鍵を修正するか、残した対策の解除を断念する：${codeOf(command)}`,
  'do-put-right': ({ host, command }) =>
    `${host} はこの対策の記録を失った。ホスト上で手作業で元に戻し、その後に解除を断念する：${codeOf(command)}`,
  'when-over': ({ command }) => `収束後：${codeOf(command)}`,
  'false-alarm': ({ command }) => `誤検知の場合：${codeOf(command)}`,

  'only-monitored': ({ reason, ordered }) =>
    ordered
      ? `緊急のインシデントを指示により監視のみとした（理由：${reason === undefined ? '記載なし' : quotedJa(reason)}）`
      : '緊急のインシデントを監視のみとした（指示によるものではない）',
  'not-classified': () => '種別が未判定のため、封じ込めは行わない',
  'doubt-lowers': ({ from, to }) =>
    `確信度が低いため、無人対応を「${WORDS_JA.mode[from]}」から「${WORDS_JA.mode[to]}」に下げた`,
  'detector-bound': ({ maximum, asked }) =>
    `検知システム単独では「${WORDS_JA.mode[maximum]}」まで（要求は「${WORDS_JA.mode[asked]}」）`,
  'left-out': ({ why }) => LEFT_OUT[why],
  'left-out-by-policy': ({ what, type, severity, mode }) =>
    `方針（${WORDS_JA.type[type]}・${WORDS_JA.severity[severity]}・${WORDS_JA.mode[mode]}）では${NOT_BY_POLICY[what]}`,
  'host-inside': ({ host }) => `停止できないホスト ${host} が含まれる`,
  'range-protected': ({ range, label }) => `${range} は保護対象：${quotedJa(label)}`,
  'range-too-wide': ({ prefix, allowed }) => `/${prefix} は許可された /${allowed} より広い`,

  'indicator-speaks': ({ indicator, count, type, weight }) =>
    `${WORDS_JA.indicator[indicator]} × ${count}：「${WORDS_JA.type[type]}」を示唆（重み ${weight}）`,
  'indicator-calls': ({ indicator, count, severity }) =>
    `${WORDS_JA.indicator[indicator]} × ${count}：深刻度「${WORDS_JA.severity[severity]}」に相当`,
  'hosts-touched': ({ hosts }) => `ホスト${hosts}台に影響`,
  'scope-calls': ({ of, count }) => (of === 'accounts' ? `アカウント${count}件に影響` : `サービス${count}件に影響`),
  'segment-touched': ({ hosts, segments }) => `ホスト${hosts}台、セグメント${segments}件：セグメント全体に影響`,

  'in-words': ({ words, by }) => (by === undefined ? quotedJa(words) : `${by}：${quotedJa(words)}`),

  stated: ({ type, severity, mode }) =>
    `申告：${WORDS_JA.type[type]}、深刻度「${WORDS_JA.severity[severity]}」、対応モード「${WORDS_JA.mode[mode]}」`,
  'evidence-tied': ({ types: [one, other] }) =>
    `証拠は「${WORDS_JA.type[one]}」と「${WORDS_JA.type[other]}」を同程度に示唆`,
  'type-contradicted': ({ stated, derived, points }) =>
    `申告は「${WORDS_JA.type[stated]}」だが、証拠は「${WORDS_JA.type[derived]}」を示唆（${points[0]} 対 ${points[1]}）`,
  'severity-contradicted': ({ stated, derived }) =>
    `申告の深刻度は「${WORDS_JA.severity[stated]}」だが、証拠は「${WORDS_JA.severity[derived]}」に相当（高いほうを採用）`,
  'assessment-failed': ({ fault }) => `判定に失敗：${faultJa(fault)}`,
  'not-assessed': () => 'インシデントを判定できない',
  'answer-within': ({ within }) => `${within} 以内に回答が必要`,
  'classify-as': ({ type, command }) => `「${WORDS_JA.type[type]}」の場合：${codeOf(command)}`,
  'nobody-classified': ({ within }) => `${within} 以内に種別が判定されなかった：封じ込めは未実施、証拠は保全`,
  'bag-not-opened': ({ fault }) => `証拠バッグを開けない：${faultJa(fault)}`,
  'no-plan': ({ fault }) => `計画を作成できない：${faultJa(fault)}`,
  'containment-up-to-people': () => '封じ込めは担当者が行う必要がある',
  'tried-on': ({ within }) => `最長 ${within} まで再試行を続け、可能になり次第封じ込める`,
  'hosts-unknown': ({ hosts }) => `ホスト台帳にないため何も実施していない：${hosts.join('、')}`,
  'nothing-contained': ({ refused }) =>
    refused === 0
      ? '封じ込めは行われていない：アドレス、アカウント、セグメントの指定がない'
      : `封じ込めは行われていない：対象${refused}件がすべて拒否された`,
  'not-isolated': ({ hosts }) => `隔離していないホスト：${hosts.join('、')}`,

  'needs-approval': ({ acts, more }) => `承認が必要：${actsJa(acts, more)}`,
  'approve-within': ({ within }) => `${within} 以内に回答が必要（回答がなければ実施しない）`,
  'reject-by': ({ command }) => `実施すべきでない場合：${codeOf(command)}`,
  'forced-isolation-needs-approval': ({ host, within }) =>
    `${host} のアクセス制御に失敗。強制遮断には ${within} 以内の承認が必要`,
  'not-done': ({ act, why }) => `${actJa(act)}：${NOT_DONE[why]}`,

  'volatile-not-captured': ({ host, fault }) => `${host} の揮発性情報を取得できない：${faultJa(fault)}`,
  'absence-not-recorded': ({ host, source }) =>
    `${host} の${source === 'logs' ? 'ログ' : '揮発性情報'}の欠落を証拠バッグに記録できない`,
  'not-prepared': ({ host, fault }) => `${host} の準備に失敗：${faultJa(fault)}`,
  'not-staged': ({ host, fault }) => `${host} で強制遮断の準備に失敗：${faultJa(fault)}`,
  'state-not-read': ({ host, fault }) => `${host} の対応前の状態を測定できない：${faultJa(fault)}`,
  'act-failed': ({ act, fault }) => `失敗：${actJa(act)}：${faultJa(fault)}`,
  'access-control-failed': ({ host, fault }) => `${host} のアクセス制御に失敗：${faultJa(fault)}`,
  'uid-shared': ({ host, account, others }) =>
    `${host}：${account} は無効化したが、同じ uid の ${others.join('、')} は引き続きログインできる。ホスト上${byHand(others)}または別の指示で無効化する`,
  'forced-isolation-next': ({ host, code }) => `${host} のアクセス制御に失敗（${code}）。続いて強制遮断を行う`,
  'not-forced': ({ host, why }) =>
    `${host} は強制遮断していない：${why === 'drill' ? '訓練のため' : '担当者が引き継いだため'}`,
  'controls-hold': ({ host }) => `${host}：対策は有効。失われたのは応答のみ`,
  'not-contained': ({ host, why }) => `${host} は封じ込められていない：${whyJa(why)}`,
  'state-worse': () => 'セキュリティ状態が封じ込め前より悪化',
  'host-failed': ({ host, fault }) => `${host}：${faultJa(fault)}`,
  'log-collection-failed': ({ host, fault }) => `${host} のログ収集に失敗：${faultJa(fault)}`,
  'alternative-under-way': () => '代替手段で収集中',
  'host-still-loaded': ({ host, percent }) => `監視中の ${host} の負荷は ${percent} %`,
  'worker-loaded': ({ worker, percent, atOnce }) =>
    `ワーカー ${worker} の負荷は ${percent} %：下がるまで、同時に収集するホストを${atOnce}台に抑える`,
  'no-logs': ({ host, fault }) => `${host} のどのログも取得できない：${faultJa(fault)}`,
  'bag-not-sealed': ({ fault }) => `証拠バッグが封印されていない：${faultJa(fault)}`,
  'no-supplement': ({ fault }) => `封印後の情報を証拠バッグに保存できない：${faultJa(fault)}`,
  'not-in-tables': ({ fault }) => `実施した内容を記録できていない：${faultJa(fault)}`,
  'ledger-unreachable': ({ fault }) => `監査台帳にまだ接続できない：${faultJa(fault)}`,
  'report-not-written': ({ report, fault }) => `${UNWRITTEN[report]}を作成できない：${faultJa(fault)}`,
  'overview-written': ({ others }) => `統合概要を作成（ほかの対象：${others.join('、')}）`,
  outcome: ({ outcome }) => `結果：${WORDS_JA.outcome[outcome]}`,

  'next-people': ({ people }) => `次に連絡する担当者：${people.join('、')}`,
  late: ({ box, host, left, forResponse }) =>
    `${boxJa(box)}${host === undefined || isForced(box) ? '' : `（${host}）`}に遅れ。残り時間：この手順 ${left}、対応全体 ${forResponse}`,
  stopped: ({ why }) => STOPPED[why],
  'stopped-during': ({ why, boxes }) =>
    `${STOPPED[why]}${boxes.length === 0 ? '' : `（実行中：${boxes.map(boxJa).join('、')}）`}。残りは担当者が対応`,
  'hand-over-incomplete': ({ fault }) => `引き継ぎが未完了：${faultJa(fault)}`,
  'failed-twice': ({ fault }) => `対応が2回失敗：${faultJa(fault)}`,
  'sealed-and-reported': () => '取得済みの証拠を封印し、レポートを作成する',
  'cannot-respond': () => 'Firebreak ではこのインシデントに対応できない。手動で対応が必要',
  'incident-cancelled': () => 'Temporal でインシデントが取り消された：有効な対策はそのまま有効',

  unacknowledged: (fact) => `${fact.for} の間、誰も受領を確認していない`,
  ended: ({ how, by }) => `${WORDS_JA.order[how]}（${by}）`,
  'not-undone': ({ host, kind, fault }) => `${host}：${WORDS_JA.control[kind]}を解除できない：${faultJa(fault)}`,
  'expired-not-undone': ({ host, kind, fault }) =>
    `${host}：${WORDS_JA.control[kind]}の期限が切れたが、解除できない：${faultJa(fault)}`,
  'in-force-unknown': ({ fault }) => `有効な対策を確認できない：${faultJa(fault)}`,
  'act-half-done': ({ host, kind, until }) =>
    `${host}：${WORDS_JA.control[kind]}が完了せず、有効な可能性がある。${until} に自動で解除する`,
  'undo-by': ({ command }) => `すぐに解除する場合：${codeOf(command)}`,
  'if-machine-gone': ({ host, command }) => `${host} のマシンが失われている場合：${codeOf(command)}`,
  'given-up': ({ hosts, by }) => `マシンまたはその記録が失われたため解除を断念（${by}）：${hosts.join('、')}`,
  'order-again': ({ command }) => `原因を取り除いた後、再度指示が必要：${codeOf(command)}`,
  'bound-reached': ({ code, by }) =>
    `対応中のインシデントが上限に達したため、${by} の指示による対応を開始していない（${code}）。同様の拒否は1時間通知しない`,
  'start-unauthorised': ({ code, by }) => `権限のない対応の開始（${code}）。送信者の名乗り：${by}`,
  'order-unauthorised': ({ action, code, by }) =>
    by === undefined
      ? `権限のない指示（${orderJa(action)}）が対応の実行に届いた（${code}）`
      : `権限のない指示：${orderJa(action)}（${code}）。送信者の名乗り：${by}`,

  'act-unauthorised': ({ act, code }) => `権限のない対策の呼び出し（${code}）：${act}`,
  'response-unauthorised': ({ fault }) => `権限のない対応の開始：${faultJa(fault)}`,

  'watch-not-started': () => '監視を開始できない：失われた対策は再適用されない',
  'watch-restarted': () => '監視が停止していたか応答がないため、再開する',
  'controls-lost': ({ lost, restored }) => `対策${lost}件が失われ、${restored}件を再適用した`,
  'control-lost': ({ host, target }) => `${host}：${target}`,
  'control-unheld': ({ host, kind, problem, fault }) =>
    `${host}：${WORDS_JA.control[kind]}：${UNHELD[problem]}${fault === undefined ? '' : `：${faultJa(fault)}`}`,
  'hosts-unwatched': ({ hosts }) => `${hosts.join('、')}：到達できないため、失われた対策に気付けない`,
  'propose-isolation': ({ host, sessions }) => `${host} の隔離を提案：攻撃者のセッション${sessions}件が残っている`,
  'propose-look': ({ host, listener }) => `${host} の想定外の待ち受けポート ${listener} の確認を提案`,
  'propose-upstream': ({ host, perMinute }) => `${host} への攻撃を上流で遮断（現在も毎分${perMinute}パケットを破棄中）`,
  'propose-reassert': ({ host, controls }) => `${host} で失われた対策${controls}件の再適用を提案`,

  'not-reached': ({ notice, people }) => `「${WORDS_JA.notice[notice]}」の通知が届いていない：${people.join('、')}`,
  'told-by-call': ({ notice }) => `「${WORDS_JA.notice[notice]}」の電話で連絡済み`,
  'means-failed': ({ notice, means }) =>
    `「${WORDS_JA.notice[notice]}」の通知に失敗した手段：${means.map((one) => WORDS_JA.channel[one]).join('、')}（全員に別の手段で連絡済み）`,
};
