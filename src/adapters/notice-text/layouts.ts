import type { Notice } from '../../domain/notice';
import type { CleanNotice } from './facts';
import { isGsm7, smsLength } from './gsm7';
import { kindText, type LocaleTexts } from './locale-texts';
import { spelled } from './spelled';

/** One part of an SMS in the GSM alphabet. */
const SMS_ROOM = 160;
const HOSTS_IN_SUBJECT = 1;
const HOSTS_IN_TEXT = 10;

interface Parts {
  readonly notice: Notice;
  readonly clean: CleanNotice;
  readonly texts: LocaleTexts;
}

/** `[DRILL] [CRITICAL] Emergency response started: Intrusion on web-1 (INC-20261120-7F3K)` */
export function subjectLine({ notice, clean, texts }: Parts): string {
  const drill = notice.drill ? texts.mark(texts.drill.mark) : '';
  const what = texts.what(texts.type[notice.type], hostList(clean, texts, HOSTS_IN_SUBJECT));
  const headline = kindText(texts, notice).headline;
  return `${drill}${texts.mark(texts.severity[notice.severity])}${headline}${texts.colon}${what} (${notice.incident})`;
}

/**
 * Full text for mail and Slack: severity, what happened, what was done, facts, next action, link (N6).
 * Where the subject is shown as a heading of the same message, the text does not stand alone and leaves it out.
 */
export function fullText(parts: Parts, options: { readonly standsAlone: boolean }): string {
  const { notice, clean, texts } = parts;
  const { labels } = texts;
  const kind = kindText(texts, notice);
  const line = (label: string, text: string): string => `${label}${texts.colon}${text}`;
  const done = typeof kind.done === 'string' ? kind.done : kind.done[notice.mode];
  const stage = notice.abnormal === undefined || notice.abnormal === 'none' ? undefined : texts.stage[notice.abnormal];
  return [
    ...(notice.drill ? [texts.drill.line, ''] : []),
    ...(options.standsAlone ? [`${texts.mark(texts.severity[notice.severity])}${kind.headline}`, ''] : []),
    line(labels.what, texts.what(texts.type[notice.type], hostList(clean, texts, HOSTS_IN_TEXT))),
    ...(clean.title === '' ? [] : [line(labels.title, clean.title)]),
    line(labels.done, `${notice.drill ? labels.exercise : ''}${done}`),
    ...(notice.outcome === undefined ? [] : [line(labels.outcome, texts.outcome[notice.outcome])]),
    ...(stage === undefined ? [] : [line(labels.stage, stage)]),
    ...(clean.facts.length === 0
      ? []
      : ['', line(labels.facts, '').trimEnd(), ...clean.facts.map((fact) => `- ${fact}`)]),
    '',
    line(labels.next, clean.next),
    ...(clean.link === undefined ? [] : [clean.link]),
    '',
    `${line(labels.incident, notice.incident)}${texts.listSeparator}${line(labels.mode, texts.mode[notice.mode])}`,
    ...(options.standsAlone ? [texts.footer] : []),
  ].join('\n');
}

/** One SMS: drill mark, severity, id and headline always; then as much as fits into 160 characters, by weight. */
export function smsText({ notice, clean, texts }: Parts): string {
  const drill = notice.drill ? `${texts.drill.mark} ` : '';
  const head = `${drill}${texts.severity[notice.severity]} ${notice.incident} ${kindText(texts, notice).headline}`;
  const what = texts.what(texts.type[notice.type], hostList(clean, texts, 1));
  const optional = [what, `${texts.labels.next}${texts.colon}${clean.next}`, clean.link, clean.title];
  return optional.reduce<string>((text, part) => {
    // A detector's title must not turn a text of one part into one of three.
    if (part === undefined || part === '' || (isGsm7(text) && !isGsm7(part))) return text;
    const longer = `${text}\n${part}`;
    return smsLength(longer) <= SMS_ROOM ? longer : text;
  }, head);
}

/** To be heard: only words of the tables, host names and the spelled id; nothing that a detector has written. */
export function voiceText({ notice, clean, texts }: Parts): string {
  const kind = kindText(texts, notice);
  return [
    ...(notice.drill ? [texts.drill.spoken] : []),
    sentenceCase(texts.severity[notice.severity]),
    kind.spoken,
    texts.spokenWhat(texts.type[notice.type], hostList(clean, texts, 1)),
    texts.spokenIncident(spelled(notice.incident, texts.listSeparator)),
    kind.spokenNext,
    ...(notice.drill ? [texts.drill.spoken] : []),
  ]
    .map((sentence) => `${sentence}${texts.sentenceEnd}`)
    .join('')
    .trim();
}

function hostList(clean: CleanNotice, texts: LocaleTexts, max: number): string {
  const { hosts } = clean;
  const shown = hosts.slice(0, max).join(texts.listSeparator);
  return hosts.length <= max ? shown : texts.andMore(shown, hosts.length - max);
}

/** Voices spell words in capitals. */
function sentenceCase(text: string): string {
  return text.charAt(0) + text.slice(1).toLowerCase();
}
