import { ERRORS } from '../../src/domain/errors';

/** Names of products, protocols and units that Japanese writes as they are. */
const NAMES = ['Firebreak', 'Temporal', 'DDoS', 'SSH', 'SMS', 'Slack', 'root', 'uid', 'IPv4', 'IPv6'];

export const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** Two Latin words and more in a row. */
const ENGLISH =
  /\p{Script=Latin}{2,}(?:[’']\p{Script=Latin}+)?(?:[ ,;]+\p{Script=Latin}{2,}(?:[’']\p{Script=Latin}+)?)+/gu;

/** What is left of a text without command lines, error codes, names, and without what is given. */
export function withoutNames(text: string, more: readonly string[] = []): string {
  const longest = (names: readonly string[]): readonly string[] => [...names].sort((a, b) => b.length - a.length);
  const codes = longest([...Object.keys(ERRORS), 'CANCELLED']);
  const bare = text.replace(/`[^`]*`/gu, '·');
  return [...longest(more), ...codes, ...NAMES].reduce((rest, known) => rest.split(known).join('·'), bare);
}

/** The English phrases in a Japanese text outside of quotations and command lines. */
export function englishIn(text: string): readonly string[] {
  const own = text.replace(/「[^「」]{0,700}」/gu, '·').replace(/[\w.:-]*\d[\w.:-]*/gu, '·');
  return withoutNames(own).match(ENGLISH) ?? [];
}

/** What stands in quotation marks in either language. */
export function quotationsIn(text: string): readonly string[] {
  return [...text.matchAll(/「([^「」]*)」|“([^“”]*)”/gu)].map(([, ja, en]) => ja ?? en ?? '');
}
