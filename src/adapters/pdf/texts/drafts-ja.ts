import type { DraftTexts } from './drafts-en';

export const DRAFTS_JA: DraftTexts = {
  heading: '外部機関への報告（下書き）',
  warning:
    'これは下書きです。Firebreak が送信することはありません。担当者が［　］内を補い、承認を得て、送付先を判断したうえで送付してください。',
  mark: '下書き・未送信',
  to: '宛先',
  subject: '件名',
  notDetected: '記録なし',
  noCheckpoint: '［証拠バッグは未封印］',
  drafts: (facts) => [
    {
      to: 'CSIRT・コーディネーション機関',
      subject: `${facts.drill ? '【訓練】' : ''}インシデント報告 ${facts.incident}（${facts.type}、${facts.severity}）`,
      body: [
        `当組織のホスト${facts.hosts}台でセキュリティインシデント（${facts.type}、深刻度：${facts.severity}）が発生しましたので報告します。検知：${facts.detected}。対応：${facts.declared} から ${facts.ended} まで。現在の状態：${facts.outcome}。`,
        `確認した攻撃元アドレスは${facts.sources}件です${facts.sampleSources === '' ? '' : `（例：${facts.sampleSources}）`}。全件は report.json で提供できます。実施した対策：${facts.measures}。`,
        `証拠を保全しています（チェックポイント：${facts.checkpoint}）。依頼事項：［攻撃元への連絡調整／解析支援／情報提供のみ］。TLP：［AMBER］。連絡先：［氏名、電話、PGP 鍵］。`,
      ],
    },
    {
      to: '警察（サイバー犯罪相談窓口）',
      subject: `${facts.drill ? '【訓練】' : ''}被害の相談・届出（当方整理番号 ${facts.incident}）`,
      body: [
        `［組織名、所在地、代表者］は、当組織のコンピュータに対する不正な行為（${facts.type}）について相談・届出します。検知：${facts.detected}。対象ホスト：${facts.hosts}台。対象アカウント：${facts.accounts}件。攻撃元アドレス：${facts.sources}件。`,
        `ログおよび揮発性情報は、揮発性の高い順に保全して封印しており、第三者による検証が可能です（チェックポイント：${facts.checkpoint}）。保管者は［氏名］で、受領証と引き換えに複製を提出できます。`,
        `判明している被害：［内容、金額］。被害届の提出：［希望する／検討中］。連絡先：［氏名、電話］。`,
      ],
    },
    {
      to: '監督官庁・個人情報保護委員会など',
      subject: `${facts.drill ? '【訓練】' : ''}セキュリティインシデントに関する速報（${facts.incident}）`,
      body: [
        `速報として報告します。事案の種別：${facts.type}、深刻度：${facts.severity}。把握した日時：${facts.declared}。検知：${facts.detected}。${facts.ended} 時点の状態：${facts.outcome}。`,
        `個人データ：［該当あり／該当なし／調査中］。対象となる本人の数と項目：［調査中］。二次被害のおそれ：［記載］。実施した措置：${facts.measures}。`,
        `確報は［法定期限内の日付］までに提出します。連絡先：［担当部署、氏名、電話、メール］。`,
      ],
    },
    {
      to: '影響を受けるお客様・取引先',
      subject: `${facts.drill ? '【訓練】' : ''}セキュリティインシデントに関するお知らせ`,
      body: [
        `${facts.declared} に当組織の一部のシステムでセキュリティインシデントを確認し、直ちに対応を開始しました。現在の状態：${facts.outcome}。`,
        `お客様への影響：［影響を受けるサービス・情報、または「確認されていません」］。お願い：［パスワードの変更など／特にありません］。続報は［日付］までにお知らせします。`,
        `ご迷惑とご心配をおかけし、深くお詫び申し上げます。お問い合わせ先：［窓口、受付時間］。`,
      ],
    },
  ],
};
