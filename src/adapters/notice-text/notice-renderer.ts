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
  return { render };
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
