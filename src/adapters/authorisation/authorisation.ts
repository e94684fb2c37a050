import { randomUUID } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import type { Order, SignedRequest } from '../../domain/order';
import type { Authorisation, ConfirmedOrder, GrantRequest } from '../../ports/authorisation';
import type { GrantRows } from '../../ports/grant-rows';
import { confirmGrant, judgeGrant, type Verdict } from './grant-judge';
import type { SealingKey } from './sealing-key';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const CODE = /^\d{6}$/;
/** An order that names 1,000 hosts is below 80 KiB; the tables refuse more than these, too. */
const MAX_TEXT_BYTES = 131_072;
const MAX_SIGNATURE_BYTES = 16_384;

/** Two factors over rows (B15): an SSH signature and a TOTP code, checked where the sealing key is. */
export class SshTotpAuthorisation implements Authorisation {
  /** @param key gives the sealing key; undefined on the side that only deposits */
  constructor(
    private readonly rows: GrantRows,
    private readonly key: (() => Promise<SealingKey>) | undefined,
  ) {}

  /** @throws FirebreakError BAD_INPUT, OTP_INVALID when the code is not six digits, DATABASE_UNREACHABLE */
  async deposit({ signedText, signature, otp }: GrantRequest): Promise<string> {
    if (Buffer.byteLength(signedText) > MAX_TEXT_BYTES || Buffer.byteLength(signature) > MAX_SIGNATURE_BYTES) {
      throw new FirebreakError('BAD_INPUT', 'The signed text or its signature is too long.');
    }
    if (signedText.includes('\0') || signature.includes('\0')) {
      throw new FirebreakError('BAD_INPUT', 'The signed text or its signature holds U+0000.');
    }
    if (otp !== undefined && !CODE.test(otp)) throw new FirebreakError('OTP_INVALID', 'A code has six digits.');
    const id = randomUUID();
    await this.rows.deposit({ id, signedText, signature, otp: otp ?? null });
    return id;
  }

  async verify(grantId: string, expected: Order, use: string): Promise<SignedRequest> {
    const key = await this.keyFor(grantId);
    return requestOf(await this.rows.judge(grantId, (judgement) => judgeGrant(judgement, expected, use, key)));
  }

  async confirm(grantId: string, use: string): Promise<ConfirmedOrder> {
    const key = await this.keyFor(grantId);
    const confirmation = confirmGrant(await this.rows.find(grantId), use, key);
    if (confirmation.ok) return confirmation.order;
    throw new FirebreakError(confirmation.code, confirmation.detail);
  }

  private async keyFor(grantId: string): Promise<SealingKey> {
    if (!UUID.test(grantId)) throw new FirebreakError('GRANT_UNKNOWN');
    if (this.key === undefined)
      throw new FirebreakError('CONFIG_INVALID', 'Only a worker, which has the key file, verifies.');
    return this.key();
  }
}

function requestOf(verdict: Verdict): SignedRequest {
  if (verdict.ok) return verdict.request;
  throw new FirebreakError(verdict.code, verdict.detail);
}
