/** GSM 03.38 basic character set, and its extension table whose characters count twice (3GPP TS 23.038 §6.2.1). */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '^{}\\[~]|€';

/** True when an SMS can carry the text with 160 characters to a part; otherwise it is 70. */
export function isGsm7(text: string): boolean {
  return Array.from(text).every((character) => BASIC.includes(character) || EXTENSION.includes(character));
}

/** How much of a part's room the text takes: septets, or UTF-16 units outside the GSM alphabet. */
export function smsLength(text: string): number {
  if (!isGsm7(text)) return text.length;
  return Array.from(text).reduce((sum, character) => sum + (EXTENSION.includes(character) ? 2 : 1), 0);
}
