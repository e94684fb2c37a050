import { canonicalJson } from '../../domain/hash';
import type { SignedRequest } from '../../domain/order';

const NONCE = /^[0-9a-f]{32}$/;
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/;

/**
 * Reads a signed text. Only canonical JSON passes: one request has one text, so two readers cannot read it two ways.
 * What the order holds is not looked at here; it counts only when it equals an order that was made by us.
 * @returns undefined for anything else
 */
export function parseSignedRequest(text: string): SignedRequest | undefined {
  let value: Partial<SignedRequest> | null;
  try {
    value = JSON.parse(text) as Partial<SignedRequest> | null;
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || canonicalJson(value) !== text) return undefined;
  const { v, order, operator, nonce, issuedAt, ...rest } = value;
  const sound =
    v === 1 &&
    typeof order === 'object' &&
    typeof operator === 'string' &&
    typeof nonce === 'string' &&
    NONCE.test(nonce) &&
    typeof issuedAt === 'string' &&
    UTC.test(issuedAt) &&
    !Number.isNaN(Date.parse(issuedAt)) &&
    Object.keys(rest).length === 0;
  return sound ? { v, order, operator, nonce, issuedAt } : undefined;
}
