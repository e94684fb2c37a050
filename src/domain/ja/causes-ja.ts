import type {
  Cause,
  CauseTexts,
  ChainFault,
  MachineNamed,
  NoCollection,
  ReplyBound,
  ReplyFault,
  SigningKeyFault,
  Unauthorised,
  Unusable,
} from '../cause';
import { causeText } from '../cause';
import { codeOf, quotedJa } from '../quotation';

const REPLY: Readonly<Record<ReplyFault, (key: string) => string>> = {
  outcome: () => 'ホストの応答に結果がない',
  part: () => 'ホストの応答に一部の項目がない',
  key: (key) => `ホストの応答に ${codeOf(key)} がない`,
  number: (key) => `ホストの応答の ${codeOf(key)} が数値ではない`,
  file: (key) => `ホストの応答の ${codeOf(key)} がファイルではない`,
  'cut-off': () => 'ホストの応答が途中で切れた',
  'no-exit-code': () => 'ホストから終了コードが返らない',
  'more-than-asked': () => 'ホストの送信量が要求を超えた',
};
const BOUNDS: Readonly<Record<ReplyBound, (most: number) => string>> = {
  bytes: (most) => `応答が${most}バイトを超えた`,
  lines: (most) => `応答が${most}行を超えた`,
  line: (most) => `応答の1行が${most}バイトを超えた`,
  complaints: (most) => `エラー出力が${most}バイトを超えた`,
  'noise-bytes': (most) => `Firebreak のプログラムの応答前の出力が${most}バイトを超えた`,
  'noise-lines': (most) => `Firebreak のプログラムの応答前の出力が${most}行を超えた`,
};
const NO_COLLECTION: Readonly<Record<NoCollection, string>> = {
  line: '行が長すぎる',
  'after-end': '終わりの後にデータがある',
  directives: '指示行が多すぎる',
  outside: '証拠物の外にデータがある',
  'short-lines': '行が短すぎる',
  base64: 'BASE64 ではないデータがある',
  'empty-lines': '空行が多すぎる',
  version: '形式のバージョンが2ではない',
  directive: '未知の指示行がある',
  'directive-inside': '証拠物の中に未知の指示行がある',
};
const UNUSABLE: Readonly<Record<Unusable, string>> = {
  account: 'アカウント名として使えない',
  'emergency-account': '緊急アクセスのアカウントとして使えない',
  'public-key': 'OpenSSH の公開鍵の行ではない',
  address: 'アドレスまたは範囲ではない',
  time: '時刻ではない',
  size: 'サイズではない',
  prefixes: '緊急アクセスには接続元のアドレス範囲が必要',
  management: '管理用アドレス範囲がないと、隔離により誰も接続できなくなる',
  'nothing-to-cut': '遮断する対象がない',
  'host-by-name': 'ホスト台帳にホスト名しかない。serviceAddresses にアドレスを登録する',
  incident: 'インシデントIDではない',
  notes: '一度に記録できる件数を超えている',
};
const CHAIN: Readonly<Record<ChainFault, string>> = {
  shorter: 'ファイルが短くなっている',
  'no-record': '記録ではない',
  'does-not-continue': 'チェーンがつながらない',
  'no-file': '固有のファイルを示していない',
};
const UNAUTHORISED: Readonly<Record<Unauthorised, (name: string) => string>> = {
  'no-order': () => '指示が示されていない',
  'other-order': (name) => `${name} への対応の指示ではない`,
  closed: (name) => `${name} は終了済み`,
  'forged-closing': () => 'ワーカーが終了させたものではない',
  'other-approval': () => 'この対策の承認ではない',
  'host-not-named': (name) => `指示に ${name} が含まれていない`,
  'must-stay-up': (name) => `${name} は停止できないホストとして登録されている`,
  'only-watch': () => '監視のみの指示',
  'other-incident': (name) => `${name} は別のインシデントのもの`,
  'beyond-mode': (name) => `${name} は指示の対応モードを超えている`,
  'not-classifying': (name) => `${name} の種別を判定する指示ではない`,
  'not-about-evidence': (name) => `${name} の証拠に関する指示ではない`,
  'never-started': (name) => `${name} を開始した有効な指示がない`,
  'not-its-run': (name) => `${name} の実行ではない`,
  'not-its-workflow': (name) => `${name} 自身のワークフローではない`,
  'started-well': (name) => `${name} は正当な指示で開始されている`,
  'not-unblocking': (name) => `${name} の遮断を解除する指示ではない`,
  'not-ending': (name) => `${name} を終了する指示ではない`,
  'not-ordered': () => '指示がなく、期限も切れていない',
  'not-of-incident': (name) => `${name} の指示ではない`,
  'other-operator': (name) => `${name} の指示ではない`,
  'other-plan': () => '計画が別の指示から作成されている',
  'plan-unsealed': (name) => `計画 ${name} にワーカーの封印がない`,
  'row-changed': (name) => `${name} の記録が署名された指示と異なる`,
  'document-changed': (name) => `${name} の文書が署名されたものと異なる`,
  'control-held': (name) => `${name} のアクセス制御は失敗していない`,
  'never-done': (name) => `${name} は実施されていない`,
  'in-force': (name) => `${name} の対策が有効`,
  'half-done': (name) => `${name} に完了していない対策があり、有効な可能性がある`,
  'not-ended': (name) => `${name} は終了の指示がなく、対応も終わっていない`,
  'not-itself': (name) => `${name} を終了できるのはそのワークフローのみ`,
  'no-such-note': (name) => `${name} は記録の種類ではない`,
  'no-such-revision': () => '該当する版がない',
  'not-its-response': (name) => `${name} の対応の実行ではない`,
};

const KEY: Readonly<Record<SigningKeyFault, string>> = {
  name: 'は鍵の名前として使えない',
  missing: 'がない。ワーカーのアカウントで `firebreak setup keys` を実行する',
  vkey: 'evidence.publicKey が検証鍵の形式ではない',
  'not-a-worker': '署名できるのはワーカーのみ',
  open: 'は所有者だけが読める通常ファイルでなければならない（`chmod 600`）',
  'not-private': 'に秘密鍵がない',
  'not-ed25519': 'に Ed25519 の鍵がない',
  lost: 'を読み戻せない',
};

const saying = (says: string | undefined): string => (says === undefined ? '' : `。ホストの出力：${quotedJa(says)}`);
const after = (words: string | undefined, before = '：'): string =>
  words === undefined ? '' : `${before}${quotedJa(words)}`;
const machine = ({ hostKey, id }: MachineNamed): string =>
  `鍵 ${hostKey}、${id === undefined ? 'マシンIDなし' : `マシンID ${id}`}`;

const CAUSES_JA: CauseTexts = {
  'no-answer-from': ({ where }) => `${where}：応答がない`,
  'not-connected': ({ where, words, says }) => `${where}：${quotedJa(words)}${saying(says)}`,
  'login-closed': ({ where, words, says }) =>
    `${where}：ログイン中に sshd が接続を切った${after(words)}${saying(says)}`,
  'login-dropped': ({ where, says }) =>
    `${where}：ログイン中に接続が切れた。sshd は理由を示していない。ホストのログを確認する${saying(says)}`,
  'no-session': ({ host, words }) => `${host} でセッションを開始できない：${quotedJa(words)}`,
  'no-host-key': ({ where }) => `${where} に SSH のホスト鍵がない`,
  'no-end-after': ({ seconds }) => `${seconds}秒以内に終わらない`,
  'turned-away': ({ host, seconds, drops, words }) =>
    `${host} が${drops === true ? 'ログインの途中で接続を切っている' : '新しい接続を拒否している（接続数の制限とみられる）'}。${seconds}秒後に再試行${after(words)}`,
  'called-off': () => '対策の実行が取り消された',
  'shutting-down': () => 'Firebreak を停止中',
  'shows-key': ({ where, key, pinned }) =>
    `${where} の鍵は ${key}${pinned === undefined ? '' : `、登録済みの鍵は ${pinned}`}`,
  'pinned-key-unusable': ({ host }) => `${host} の登録済みの鍵が OpenSSH の形式ではない`,
  'own-key-unusable': ({ file, why }) =>
    why === 'unreadable' ? `秘密鍵 ${file} を読み取れない` : `${file} はパスフレーズのない秘密鍵ではない`,
  'no-usable-answer': ({ host, seconds }) => `${host} から有効な応答が続けて得られない。あと${seconds}秒停止`,
  'workers-ended': ({ host, minutes }) =>
    `${host} への問い合わせ中にワーカーが続けて停止した。${minutes}分間は問い合わせない`,

  'reply-faulty': ({ why, key = '' }) => REPLY[why](key),
  'reply-too-much': ({ what, most, host }) => `${host === undefined ? '' : `${host}：`}${BOUNDS[what](most)}`,
  'gate-silent': ({ exit, stdout, stderr }) => {
    const said = [after(stdout, '標準出力'), after(stderr, 'エラー出力')].filter((words) => words !== '');
    return `終了コード ${exit}、${said.join('、') || '出力なし'}`;
  },
  'program-said': ({ exit, words }) => (words === undefined ? `終了コード ${exit}` : quotedJa(words)),

  unusable: ({ what, value }) => `${UNUSABLE[what]}${value === undefined ? '' : `：${quotedJa(value)}`}`,
  'armed-unconfirmed': ({ host, seconds }) =>
    `${host} の隔離は適用したが、確認できていない。${
      seconds === undefined ? '方針により維持する' : `適用から${seconds}秒後にカーネルが解除する`
    }`,
  'no-rung-holds': ({ host }) => `${host} の強制遮断はどの手段でも有効にならない`,
  'machine-differs': ({ where, recorded, found, journal }) =>
    `${where}：記録は ${
      recorded === undefined ? '不明（以前のバージョンで実施）' : machine(recorded)
    }。現在は ${machine(found)}、この対策の記録は${journal ? 'ある' : 'ない'}`,
  'gateway-gone': ({ host, key }) => `${host}：ゲートウェイの鍵は ${key} だったが、ホスト台帳にゲートウェイがない`,

  'collection-broke': ({ host, exit, words }) =>
    `${host} の収集が中断した：${words === undefined ? `終了コード ${exit}` : quotedJa(words)}`,
  'no-collection': ({ host, why, word }) =>
    `${host} から届いた内容が収集の形式ではない：${NO_COLLECTION[why]}${after(word)}`,
  'journal-empty': ({ host, since }) => `${host} の journald に ${since} 以降の内容がない`,
  'ladder-empty': ({ host }) => `${host} ではどの手段でも取得できない`,
  'sent-too-much': ({ host, bytes, name }) =>
    `${host} から届いた${name === undefined ? '内容' : ` ${name} `}が${bytes}バイトを超えた`,
  'source-unknown': ({ host, name }) => `${host} から未知のソース ${name} が届いた`,
  'source-again': ({ host, name }) => `${host} から ${name} が重複して届いた`,
  'reading-broke': ({ host }) => `${host} の測定が途中で切れた`,
  'reading-packed': ({ host }) => `${host} の測定結果が圧縮されている`,
  'packing-broken': ({ code }) => `届いた内容の圧縮形式が異なる（${code}）`,

  'chain-broken': ({ path, why, line }) => `${path}：${line === undefined ? CHAIN[why] : `${line}行目は${CHAIN[why]}`}`,
  'record-too-large': ({ path, type, bytes }) => `${path}：${type} の記録が${bytes}バイトある`,
  'not-a-directory': ({ path }) => `${path} はディレクトリではない`,
  'bag-replaced': () => 'バッグの一部が差し替えられている',
  'signing-key': ({ why, file }) => `証拠の署名鍵：${file === undefined ? '' : `${file} `}${KEY[why]}`,
  'record-without-file': ({ seq }) => `記録 ${seq} がファイルを示していない`,
  'seal-without': ({ field }) => `封印の記録に ${codeOf(field)} がない`,
  'report-unwritten': ({ path }) => `レポート ${path} を書き込めない`,
  'document-differs': ({ incident, from }) =>
    from === 'hash' ? `保存された ${incident} の文書がハッシュと一致しない` : `${incident} の指示が示す文書ではない`,
  'bag-absent': ({ bag }) => `${bag} の証拠バッグがない`,
  'bag-of-other-document': ({ bag }) => `${bag} の証拠バッグは別のインシデント文書のもの`,
  'bag-unsealed': ({ bag }) => `${bag} の証拠バッグは封印されていない`,
  'bag-being-filled': ({ bag }) => `${bag} に追加中`,
  'bag-does-not-stand': ({ bag, verdict, faults }) => `${bag}：${verdict}、不備${faults}件`,
  'evidence-of-open': ({ incident }) => `${incident} は対応中のため、証拠を保持する`,
  'evidence-kept': ({ incident, until }) => `${incident} の証拠は ${until} まで保持する`,
  'evidence-disposed': ({ at, by }) => `収集したデータは ${at} に ${by} が廃棄した`,
  'plan-absent': ({ incident, plan }) => `${incident} に計画 ${plan} がない`,
  'plan-hash-differs': ({ incident, plan, actual }) => `${incident} の計画 ${plan} のハッシュは ${actual}`,
  'act-not-in-plan': ({ act, plan }) => `計画 ${plan} に ${act} がない`,
  'not-assessed-yet': () => 'インシデントは未判定',

  'joined-incident': ({ incident }) => `${incident}：${codeOf(`firebreak status ${incident}`)}`,
  'begin-at-once': ({ by }) => `${by} のインシデントが同時に多数開始されている`,
  'open-count': ({ open, whose, named, more }) => {
    const who =
      whose === 'people' ? '担当者全体で' : whose === 'detectors' ? '検知システム全体で' : `${whose.operator} の`;
    return `${who}${open}件：${named.join('、')}${more === 0 ? '' : `、ほか${more}件`}。${codeOf('firebreak list')}`;
  },
  'channel-limit': ({ most, person, channel }) => `${person} への ${channel} の通知が${most}件を超えた`,
  'channel-unset': ({ person, channel }) => `${person} の ${channel}`,
  'no-start-order': ({ use }) => `${use} はインシデントの開始ではない`,
  unauthorised: ({ why, name = '' }) => UNAUTHORISED[why](name),
  'signed-by-other': ({ signed, declared }) =>
    declared === undefined ? `署名者は ${signed}` : `宣言者は ${declared}、署名者は ${signed}`,
  'declared-otherwise': ({ incident }) => `${incident} は別の指示で宣言されている`,
  'own-request': () => '自分の要求は承認できない',
  'requester-enrolled': ({ requester, approver }) =>
    `要求した ${requester} が ${approver} を登録または変更している。別の担当者の承認が必要`,
  'approver-enrolled': ({ requester, approver }) =>
    `${approver} が要求者 ${requester} を登録または変更している。別の担当者の承認が必要`,
  'enrolled-both': ({ by, requester, approver }) =>
    `${by} が要求者 ${requester} と ${approver} の両方を登録または変更し、その一方は24時間以内。別の担当者の承認が必要`,
};

export function causeInJapanese(cause: Cause): string {
  return causeText(CAUSES_JA, quotedJa, cause);
}
