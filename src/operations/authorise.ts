import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../domain/hash';
import type { Order, SignedRequest } from '../domain/order';
import type { Credentials, OperationsDeps } from './deps';

/** Signs an order and deposits it with the TOTP code. @returns the id of the grant; the worker verifies it (B15) */
export async function depositGrant(
  deps: Pick<OperationsDeps, 'authorisation' | 'now'>,
  credentials: Credentials,
  order: Order,
): Promise<string> {
  const request: SignedRequest = {
    v: 1,
    order,
    operator: credentials.operator,
    nonce: randomBytes(16).toString('hex'),
    issuedAt: deps.now().toISOString(),
  };
  const signedText = canonicalJson(request);
  return deps.authorisation.deposit({
    signedText,
    signature: await credentials.sign(signedText),
    ...(credentials.otp === undefined ? {} : { otp: credentials.otp }),
  });
}
