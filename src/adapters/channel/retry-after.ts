/**
 * A Retry-After header in milliseconds: seconds or an HTTP date (RFC 9110 §10.2.3).
 * @returns undefined when there is none or it cannot be read; never negative
 */
export function retryAfterMs(header: string | null | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
