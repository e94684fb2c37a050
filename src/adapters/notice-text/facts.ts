import { factText } from '../../domain/fact';
import type { Notice, Person } from '../../domain/notice';
import { singleLine } from '../channel/plain-text';
import { kindText, type LocaleTexts } from './locale-texts';

const MAX_TITLE = 160;
const MAX_HOST = 64;
const MAX_FACT = 300;
const MAX_FACTS = 10;
const MAX_NEXT = 300;
const MAX_LINK = 500;

/** What a notice says, in the person’s language and made harmless: one line each, capped. */
export interface CleanNotice {
  readonly title: string;
  readonly hosts: readonly string[];
  readonly facts: readonly string[];
  /** What this person should do. */
  readonly next: string;
  /** Absent unless it is an http(s) address. */
  readonly link: string | undefined;
}

export function cleanNotice(notice: Notice, person: Person, texts: LocaleTexts): CleanNotice {
  return {
    title: singleLine(notice.title, MAX_TITLE),
    hosts: notice.hosts.map((host) => singleLine(host, MAX_HOST)).filter((host) => host !== ''),
    facts: notice.facts
      .slice(0, MAX_FACTS)
      .map((fact) => singleLine(factText(texts.fact, fact), MAX_FACT))
      .filter((fact) => fact !== ''),
    next: nextFor(notice, person, texts),
    link: webAddress(notice.link),
  };
}

/** Departments are told, not asked. */
function nextFor(notice: Notice, person: Person, texts: LocaleTexts): string {
  if (person.audience === 'department') return texts.nextForDepartments;
  const { nextAction = '' } = notice;
  const own = singleLine(typeof nextAction === 'string' ? nextAction : texts.byHand(nextAction), MAX_NEXT);
  return own === '' ? kindText(texts, notice).next(notice.incident) : own;
}

function webAddress(link: string | undefined): string | undefined {
  if (link === undefined || link.length > MAX_LINK || !URL.canParse(link)) return undefined;
  const { protocol, href } = new URL(link);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}
