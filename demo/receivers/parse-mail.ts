export interface ParsedMail {
  /** Names in lower case, values unfolded and decoded; of a repeated header the last one. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** Reads a single-part text mail: folded headers (RFC 5322), encoded words (RFC 2047), quoted-printable and base64. */
export function parseMail(raw: Buffer): ParsedMail {
  const source = raw.toString('latin1');
  const end = source.indexOf('\r\n\r\n');
  const head = end < 0 ? source : source.slice(0, end);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim()));
  }
  const body = end < 0 ? '' : source.slice(end + 4);
  const text = decodeBody(body, headers.get('content-transfer-encoding') ?? '7bit').toString('utf8');
  return { headers, text: text.replaceAll('\r\n', '\n').trim() };
}

function decodeBody(body: string, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  if (encoding === 'quoted-printable') return quotedPrintable(body.replace(/=\r\n/g, ''));
  return Buffer.from(body, 'latin1');
}

function quotedPrintable(text: string): Buffer {
  const plain = text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}

/** White space between two encoded words is not part of the text, and a character may be split between them. */
function decodeWords(value: string): string {
  const words = value.replace(/(=\?[^?]+\?[bq]\?[^?]*\?=)\s+(?==\?)/gi, '$1');
  return words.replace(/(?:=\?utf-8\?[bq]\?[^?]*\?=)+/gi, (run) => {
    const parts = run.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi);
    const bytes = Array.from(parts, ([, encoding = 'b', text = '']) =>
      encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : quotedPrintable(text.replaceAll('_', ' ')),
    );
    return Buffer.concat(bytes).toString('utf8');
  });
}
