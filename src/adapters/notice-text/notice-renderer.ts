import type { Notice, Person } from '../../domain/notice';
import type { Channel, Locale } from '../../domain/words';
import type { NoticeRenderer } from '../../ports/notifier';
import { cleanNotice } from './facts';
import { fullText, smsText, subjectLine, voiceText } from './layouts';
import type { LocaleTexts } from './locale-texts';
import { EN } from './texts-en';
import { JA } from './texts-ja';

const TEXTS: Readonly<Record<Locale, LocaleTexts>> = { en: EN, ja: JA };

/** Texts of notices in the person's language, laid out for the channel (N6). Pure. */
export function createNoticeRenderer(): NoticeRenderer {
  return { render, renderRecovery };
}

const RECOVERY: Readonly<
  Record<
    Locale,
    {
      readonly subject: (by: string) => string;
      readonly what: (by: string) => string;
      readonly more: (by: string, reason: string) => string;
    }
  >
> = {
  en: {
    subject: (by) => `Firebreak: ${by} has recovered with a code from paper`,
    what: (by) =>
      `${by} has recovered with a code from paper. That ended a lock, and ${by} has a new secret for one-time codes.`,
    more: (by, reason) =>
      `${by} gives as the reason: ${reason}\nIf it was not ${by}, disable them at once: firebreak operator disable ${by}`,
  },
  ja: {
    subject: (by) => `Firebreak: 操作者 ${by} が復旧コードで復旧`,
    what: (by) => `操作者 ${by} が紙の復旧コードで復旧した。ロックは解除され、ワンタイムコードの秘密鍵は新しくなった。`,
    more: (by, reason) =>
      `${by} の述べた理由: ${reason}\n本人による操作でなければ、直ちに無効化すること: firebreak operator disable ${by}`,
  },
};

/** A phone says what has happened; the words and the command are for those who can read them. */
function renderRecovery(
  { operator, reason }: { readonly operator: string; readonly reason: string },
  person: Person,
  channel: Channel,
): { readonly subject: string; readonly text: string } {
  const texts = RECOVERY[person.locale];
  const isShort = channel === 'voice' || channel === 'sms';
  const what = texts.what(operator);
  return { subject: texts.subject(operator), text: isShort ? what : `${what}\n${texts.more(operator, reason)}` };
}

function render(notice: Notice, person: Person, channel: Channel): { readonly subject: string; readonly text: string } {
  const texts = TEXTS[person.locale];
  const parts = { notice, clean: cleanNotice(notice, person, texts), texts };
  return { subject: subjectLine(parts), text: layOut(channel, parts) };
}

function layOut(channel: Channel, parts: Parameters<typeof fullText>[0]): string {
  switch (channel) {
    case 'voice':
      return voiceText(parts);
    case 'sms':
      return smsText(parts);
    case 'mail':
      return fullText(parts, { standsAlone: true });
    case 'slack':
      return fullText(parts, { standsAlone: false });
  }
}
