import { FirebreakError } from '../../domain/errors';

/** One plain address: no list, no display name, no comment, nothing that could end a header or an SMTP line. */
const ADDRESS = /^[^\s<>()[\]\\,;:"@\p{Cc}]{1,64}@[^\s<>()[\]\\,;:"@\p{Cc}]{1,255}$/u;
/** RFC 5322 §3.2.3 `atext`, and the dot between atoms. */
const NOT_ATEXT = /[^A-Za-z0-9!#$&'*+/=?^_`{|}~.-]/gu;

export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** The sender as configured: `alerts@example.org` or `Firebreak <alerts@example.org>`. */
export interface MailIdentity {
  readonly name: string;
  readonly address: string;
  readonly domain: string;
}

/** @throws FirebreakError CHANNEL_NOT_CONFIGURED when it is neither form */
export function mailIdentity(from: string): MailIdentity {
  const named = /^([^<>]*)<([^<>]+)>\s*$/.exec(from);
  const name = (named?.[1] ?? 'Firebreak').trim().replace(/^"(.*)"$/, '$1');
  const address = (named?.[2] ?? from).trim();
  if (!isMailAddress(address)) {
    throw new FirebreakError('CHANNEL_NOT_CONFIGURED', 'Mail: `from` is not a mail address.');
  }
  return { name: name === '' ? 'Firebreak' : name, address, domain: address.slice(address.indexOf('@') + 1) };
}

/**
 * `<id@domain>` (RFC 5322 §3.6.4): the same id always gives the same Message-ID, so that receiving systems and
 * readers recognise a resend. `:` is not allowed there and becomes a dot, other strangers are percent-encoded.
 */
export function messageIdHeader(id: string, domain: string): string {
  const local = id
    .replaceAll(':', '.')
    .replace(NOT_ATEXT, (character) => encodeURIComponent(character))
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '');
  return `<${local}@${domain}>`;
}
