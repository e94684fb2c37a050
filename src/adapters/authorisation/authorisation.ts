import { randomUUID } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import { ENROLMENT_SETTLES_MS, GRANT_LIFETIME_MS } from '../../domain/numbers';
import type { ConfirmedRequest, Order, SignedRequest } from '../../domain/order';
import { BOOTSTRAP } from '../../domain/order';
import type { Authorisation, ConfirmPurpose, GrantRequest } from '../../ports/authorisation';
import type { GrantRows, SealedOperator } from '../../ports/grant-rows';
import { confirmGrant, judgeGrant, type Verdict } from './grant-judge';
import { openOperator } from './operator-seal';
import type { SealingKey } from './sealing-key';
import { isRecoveryCode } from './recovery-codes';
import { parseSignedRequest } from './signed-request';

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
    if (otp !== undefined && !CODE.test(otp) && !isRecoveryCode(otp))
      throw new FirebreakError('OTP_INVALID', 'A code has six digits.');
    const id = randomUUID();
    await this.rows.deposit({ id, signedText, signature, otp: otp ?? null });
    return id;
  }

  async verify(grantId: string, expected: Order, use: string): Promise<SignedRequest> {
    const key = await this.keyFor(grantId);
    return requestOf(await this.rows.judge(grantId, (judgement) => judgeGrant(judgement, expected, use, key)));
  }

  async confirm(grantId: string, use: string, purpose: ConfirmPurpose = 'act'): Promise<ConfirmedRequest> {
    const key = await this.keyFor(grantId);
    const grant = await this.rows.find(grantId);
    const named = grant === undefined ? undefined : parseSignedRequest(grant.signedText)?.operator;
    const operator = named === undefined ? undefined : await this.rows.operator(named);
    const request = requestOf(confirmGrant(grant, use, key, operator, purpose));
    return {
      ...request,
      signedText: grant?.signedText ?? '',
      signature: grant?.signature ?? '',
      ...(purpose === 'record' ? NOBODY : await this.vouchers(operator, Date.parse(request.issuedAt), key)),
    };
  }

  async asksFor(grantId: string): Promise<Pick<SignedRequest, 'order' | 'operator'> | undefined> {
    const grant = UUID.test(grantId) ? await this.rows.find(grantId) : undefined;
    return grant === undefined ? undefined : parseSignedRequest(grant.signedText);
  }

  /** Everybody who gave the operator their power, and on along the chain as long as its links are young (N5). */
  private async vouchers(operator: SealedOperator | undefined, atMs: number, key: SealingKey): Promise<Vouching> {
    const lately = new Set<string>();
    const firstToday = new Set<string>();
    const followed = new Set<string>();
    const found: string[] = [];
    const links = operator === undefined ? [] : linksOf(operator);
    for (const { by, at, lasts, gives } of links) {
      // Who changes the operator after the order was given had no part in it; 2 lifetimes, for the clocks of signer and worker.
      if (Date.parse(at) - atMs > 2 * GRANT_LIFETIME_MS && by !== operator?.operator.createdBy) continue;
      const young = isYoung(at, atMs);
      if (!(lasts || young)) continue;
      if (!found.includes(by)) found.push(by);
      if (by === BOOTSTRAP || !young) continue;
      if (gives) lately.add(by);
      // What leads on from an unlock is as little as the unlock.
      if (followed.has(`${by} ${gives}`)) continue;
      followed.add(`${by} ${gives}`);
      const row = await this.rows.operator(by);
      if (row?.operator.createdBy === BOOTSTRAP && isYoung(row.operator.createdAt, atMs)) firstToday.add(by);
      // A row that was changed outside vouches for nobody: it opens no more, and the approval does not count.
      if (row !== undefined) openOperator(row, key);
      const former = await this.rows.formerVouchers(by, atMs - ENROLMENT_SETTLES_MS);
      links.push(
        ...(row === undefined ? [] : linksOf(row)).map((link) => ({ ...link, gives: link.gives && gives })),
        ...former.map((one) => ({ by: one, at, lasts: true, gives })),
      );
    }
    return { enrolledBy: found, enrolledLately: [...lately].filter((by) => !firstToday.has(by)) };
  }

  private async keyFor(grantId: string): Promise<SealingKey> {
    if (!UUID.test(grantId)) throw new FirebreakError('GRANT_UNKNOWN');
    if (this.key === undefined)
      throw new FirebreakError('CONFIG_INVALID', 'Only a worker, which has the key file, verifies.');
    return this.key();
  }
}

interface Link {
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Whether it counts when it is no longer young. */
  readonly lasts: boolean;
  /** Whether it gives power, which an unlock does not. */
  readonly gives: boolean;
}

type Vouching = Pick<ConfirmedRequest, 'enrolledBy' | 'enrolledLately'>;
const NOBODY: Vouching = { enrolledBy: [], enrolledLately: [] };

function isYoung(at: string, atMs: number): boolean {
  return atMs - Date.parse(at) <= ENROLMENT_SETTLES_MS;
}

function linksOf({ operator }: SealedOperator): Link[] {
  return [
    { by: operator.createdBy, at: operator.createdAt, lasts: true, gives: true },
    ...operator.vouchers.map(({ by, how, at }) => ({ by, at, lasts: how !== 'unlock', gives: how !== 'unlock' })),
  ];
}

function requestOf(verdict: Verdict): SignedRequest {
  if (verdict.ok) return verdict.request;
  throw new FirebreakError(verdict.code, verdict.detail);
}
