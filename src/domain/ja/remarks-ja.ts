import { isErrorCode } from '../errors';
import type { Fact, FactTexts, Recorded } from '../fact';
import type { Fault } from '../fault';
import { quotedJa } from '../quotation';
import type {
  AbsenceWord,
  FoundSo,
  HostNeed,
  IsolationLimit,
  IsolationWord,
  JailAct,
  JailCount,
  JailWhy,
  MonitoringPart,
  NoBytes,
  RemarkKind,
} from '../remark';
import { OUTCOMES_JA, REASONS_JA } from './target-reasons-ja';

const NEEDS: Readonly<Record<HostNeed, string>> = {
  routes: '自身のアドレスとゲートウェイ',
  resolvers: 'ネームサーバー',
  time: '時刻サーバー',
  proxies: 'プロキシ',
  logs: 'ログサーバー',
};
const FOUND: Readonly<Record<FoundSo, string>> = {
  'put-right': 'パスワード、有効期限または権限はすでに戻されていたため、そのままにした',
  'shadow-line-gone': '/etc/shadow の行はすでに削除されていたため、そのままにした',
  'files-gone': '鍵ファイルまたは crontab のディレクトリがないか、退避していないため、戻していない',
  'group-gone': '所属していたグループがなくなっている',
  'sudoers-gone': '記載のあった sudoers ファイルがなくなっているため、戻していない',
};
const ISOLATION: Readonly<Record<IsolationWord, string>> = {
  table: '隔離用のテーブルがカーネルにない',
  rules: '隔離のルールが Firebreak の設定したものと異なる',
  disarmed: '隔離が無効になっている（期限が切れたか、確認が行われなかった）',
  offload: 'nft のフローテーブルを通る通信が隔離を迂回しており、切断できない。conntrack の導入を確認する',
  hold: 'この対策による隔離はここにはない',
  released: '解除済みの対策は再適用しない',
  'never-applied': 'この対策はここでは適用されていない',
  'still-held': '別のインシデントが隔離を維持している',
  drift: 'その後にルールが変更されたため、そのままにした',
  'only-management': 'ホストの外に通じる有効なインターフェースは、すべて管理用経路を兼ねている',
  'way-out': '管理用経路のインターフェースが外部にも通じているため、ホストを切り離せない',
  'still-up': 'インターフェースが再び有効になっている',
  restore: 'インターフェースのアドレスまたは経路が元どおりにならない',
};
const LIMITS: Readonly<Record<IsolationLimit, string>> = {
  'same-link': 'ゲートウェイが遮断するのは中継する通信のみ。同じリンクのホストとは通信できる',
  'not-listed':
    'ホスト側の一覧にない管理用アドレス範囲からは接続できない。このホストに `firebreak host setup` を再実行する',
  'no-card': 'アドレスのみで遮断（ハードウェアアドレスが不明か、ルーターのもの）',
};
const PART_ABSENT: Readonly<Record<MonitoringPart, string>> = {
  'sshd-log-level': 'sshd がないか、/etc/ssh/sshd_config.d を読み込まない',
  'journald-rate-limit': 'journald が動作していない',
  'drop-logging': 'このホストでは nftables による遮断を行っていない',
  fail2ban: 'fail2ban が動作していないか、jail がない',
};
const TAKEN_OUT = {
  taken: '削除',
  kept: '別のインシデントのため維持',
  own: 'その後に fail2ban が登録したため維持',
  left: '削除できず（jail の期限で終了）',
};
const JAIL: Readonly<Record<JailAct, Readonly<Partial<Record<JailCount, string>>>>> = {
  feed: {
    fed: '登録',
    already: '登録済み',
    shared: '別のインシデントが登録済み',
    left: '未登録（上限は300件または4秒）',
    prefixes: '範囲のため対象外（jail はアドレスのみ）',
    sent: '送信',
  },
  let_go: TAKEN_OUT,
  withdraw: TAKEN_OUT,
};
const JAIL_DOUBT: Readonly<Record<JailAct, string>> = {
  feed: '未登録、または登録を確認できない',
  let_go: '登録が残っている可能性がある',
  withdraw: '登録が残っているか、確認できない（jail の期限で終了）',
};
const JAIL_REASON: Readonly<Record<JailWhy, string>> = {
  absent: 'ホストに fail2ban がない',
  silent: 'fail2ban が動作していないか、時間内に応答しない',
  unknown: '該当する jail がない',
  lost: 'ホストがこの遮断の記録を失った',
  odd: 'fail2ban の応答を解釈できない',
};
const ABSENT: Readonly<Record<AbsenceWord, string>> = {
  'no-tool': 'プログラムがないか、応答しない',
  'no-time': '持ち時間を使い切った',
  'no-file': 'ファイルがない',
  'not-allowed': '読み取りを許可されたディレクトリの通常ファイルではない',
  unreadable: 'ファイルを読み取れない',
  empty: 'ファイルが空',
  none: '確認したが、該当するものがない',
  unlisted: '一覧を取得するプログラムが失敗した',
  'too-many': '取得する件数の上限を超えている',
  'too-large': '1件の上限より大きく、一部だけでは役に立たない',
};
const NO_BYTES: Readonly<Record<NoBytes, string>> = {
  'no-answer': '時間内に応答がない',
  cut: '途中で打ち切られた',
  failed: '取得に失敗した',
  lost: 'ホストで読み取った内容が届かなかった',
  empty: '内容が空',
};

type RemarkTexts = Pick<FactTexts, RemarkKind>;

function doubt({ act, doubt: why }: Fact<'jail-told'>): readonly string[] {
  if (why === undefined) return [];
  if (why === null) return [`${JAIL_DOUBT[act]}。ホストは理由を示していない`];
  return [isErrorCode(why) ? `${JAIL_DOUBT[act]}（${why}）` : `${JAIL_DOUBT[act]}。${JAIL_REASON[why]}`];
}

/** The remarks in Japanese. @param say words a fact @param faultWords words a fault */
export function remarksJa(say: (fact: Recorded) => string, faultWords: (fault: Fault) => string): RemarkTexts {
  const all = (facts: readonly Fact[]): string => facts.map(say).join('、');
  return {
    'journal-in-memory': () =>
      'ホストのディスクに書き込めないため、操作の記録はディスクに空きができるまでメモリー（/run）にある。その前に再起動すると、この間の記録は失われる',
    'journal-stale': () =>
      '解除した対策をホストのディスクに記録できていない。再起動で対策が復活する可能性があるため、再起動後に解除の指示を再実行する',
    'needs-unread': ({ needs }) =>
      `ホスト自身が必要とするアドレスの一部を読み取れない（${needs.map((need) => NEEDS[need]).join('、')}）。保護対象、またはホストの /etc/firebreak/protect に登録する`,
    'ended-by-host': ({ at }) => `期限により、ホストが自動で解除した（${at ?? '時刻不明'}）`,
    'held-also-by': ({ by }) => `${by} も維持している`,
    because: ({ why }) => REASONS_JA[why],
    'left-as-changed': ({ why }) => `差異：${REASONS_JA[why]}`,
    'link-lost': () => '隔離の適用中に接続が切れた',
    'tool-said': ({ words }) => quotedJa(words),

    'same-uid': ({ others, drill }) =>
      `同じ uid の別名では引き続きログインできる${drill ? '見込み' : ''}：${others.join('、')}`,
    'processes-ended': ({ count }) => `アカウントのプロセス${count}件を終了`,
    'planted-files': ({ count }) => `最初の対策の後に置かれたファイル${count}件を証拠として取得`,
    'files-stuck': ({ count }) => `アカウントのファイル${count}件を移動できない`,
    'found-so': ({ what }) => FOUND[what],
    'first-file': ({ path }) => `最初のファイルは ${path}`,

    'isolation-because': ({ why }) => ISOLATION[why],
    'isolation-limit': ({ limit }) => LIMITS[limit],
    'card-cut': ({ card }) => `遮断したハードウェアアドレス：${card}`,
    'interface-down': (fact) => `停止したインターフェース：${fact.interface}`,
    'rung-not-holding': ({ rung, outcome, why }) =>
      `${rung} では遮断できない：${why.length === 0 ? OUTCOMES_JA[outcome] : all(why)}`,
    'rung-failed': ({ rung, fault }) => `${rung} は失敗：${faultWords(fault)}`,
    'rung-undo': ({ rung, why }) => `${rung}：${all(why)}`,
    'rung-not-undone': ({ rung, held, fault }) => `${rung}${held ? '' : '（遮断していない）'}：${faultWords(fault)}`,
    'rung-without-way': ({ rung }) => `${rung} で遮断したが、現在のホスト台帳ではその経路が分からない`,
    'rung-unreadable': ({ rung }) => `${rung} による強制遮断は読み戻しで確認できない`,
    'no-gateway': () => 'ホスト台帳にこのホストのゲートウェイがない',
    'management-lacks': ({ address }) =>
      `管理用アドレス範囲に${address === undefined ? ' Firebreak の接続元アドレス' : ` ${address} `}が含まれていない`,

    'part-absent': ({ part }) => PART_ABSENT[part],
    'part-changed': ({ part }) => `差異：${part} が Firebreak の残した状態と異なるため、そのままにした`,
    'nothing-to-undo': () => '解除するものがない',

    'flows-ended': ({ sessions, flows }) => `セッション${sessions}件を切断、追跡中の通信${flows}件を破棄`,
    'elements-put-back': ({ count }) => `失われた${count}件を再適用`,
    'time-over': () => '期限が切れ、有効な対策はない',
    'released-with': ({ source, by }) => `${source} は ${by} に含まれるため、あわせて遮断を解除`,
    'still-blocked': ({ count, by }) =>
      `アドレス${count}件は${by === undefined ? '別のインシデント' : ` ${by} `}による遮断が続く`,
    'foreign-elements': ({ count }) =>
      `差異：Firebreak のセットにほかから追加された要素が${count}件あり、そのままにした`,
    'packets-dropped': ({ count }) => `これまでに${count}パケットを破棄`,
    'lies-in': ({ by }) => `${by} に含まれる`,
    'overlaps-protected': ({ range }) => `${range} は保護対象`,
    'ends-otherwise': ({ seconds, planned }) => `残り時間が${seconds}秒（計画では${planned}秒）`,
    'never-blocked': () => '遮断していない',
    'was-not-in-force': () => '有効ではなかった',
    'jail-told': (fact) =>
      `fail2ban の jail「${fact.jail}」：${[
        ...fact.counts.map(({ what, count }) => `${JAIL[fact.act][what] ?? what} ${count}件`),
        ...doubt(fact),
      ].join('、')}`,

    'source-absent': ({ why }) => ABSENT[why],
    'collection-ended': ({ why }) => `取得中に収集が終了した：${ABSENT[why]}`,
    'transfer-broke': ({ code, bytes }) =>
      bytes === undefined ? `取得前に転送が切れた（${code}）` : `${bytes}バイトで転送が切れた（${code}）`,
    'source-cut': ({ bytes, cut }) => `${bytes}バイトで打ち切られ（${cut}）、一部だけでは役に立たない`,
    'no-bytes': ({ why, cut }) => `${NO_BYTES[why]}${cut === undefined ? '' : `（${cut}）`}`,
    'path-not-allowed': () => '/var/log または /srv 以下の絶対パスではない',

    'source-unread': ({ source, why }) => {
      if (why === 'not-asked') return `${source}：問い合わせていない`;
      return `${source}：${why === 'nothing' ? '出力がない' : say(why)}`;
    },
    'answer-broken': ({ exit, cut, words }) => {
      const how = cut === undefined ? `終了コード ${exit ?? '不明'}` : `打ち切り（${cut}）`;
      return words === undefined ? how : `${how}${quotedJa(words)}`;
    },
    'tables-unread': ({ read, asked }) => `カウンター：テーブル${asked}件中${read}件のみ読み取り`,
  };
}
