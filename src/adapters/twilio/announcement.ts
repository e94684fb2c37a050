import VoiceResponse from 'twilio/lib/twiml/VoiceResponse';
import type { Locale } from '../../domain/words';
import { multiLine } from '../channel/plain-text';

/** Keeps the TwiML below Twilio's 4,000 characters even when every character is escaped. */
const MAX_SPOKEN = 600;
/** Once to wake up, once to listen. */
const TIMES = 2;

const LANGUAGE = { en: 'en-US', ja: 'ja-JP' } as const satisfies Record<Locale, string>;

/** TwiML that says the text twice in the person's language; the SDK's XML builder escapes it. */
export function announcement(text: string, locale: Locale): string {
  const spoken = multiLine(text, MAX_SPOKEN).replaceAll('\n', ' ');
  const twiml = new VoiceResponse();
  for (let time = 0; time < TIMES; time += 1) {
    twiml.pause({ length: 1 });
    twiml.say({ language: LANGUAGE[locale] }, spoken);
  }
  return twiml.toString();
}
