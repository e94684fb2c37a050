import type { ErrorCode } from '../../domain/errors';
import { canonicalJson, sha256Hex } from '../../domain/hash';
import { GRANT_LIFETIME_MS, RECOVERY_MISSES_TO_BAR, TOTP_MISSES_TO_LOCK } from '../../domain/numbers';
import {
  incidentOfUse,
  type Order,
  ownUse,
  ROLE_FOR,
  SIGNATURE_NAMESPACE,
  type SignedRequest,
} from '../../domain/order';
import type { ConfirmPurpose } from '../../ports/authorisation';
import type { GrantJudgement, GrantRow, SealedOperator } from '../../ports/grant-rows';
import { openOperator } from './operator-seal';
import { recoveryDigest } from './recovery-codes';
import type { SealingKey } from './sealing-key';
import { parseSignedRequest } from './signed-request';
import { parsePublicKeyLine } from './ssh-public-key';
import { checkSshSignature } from './ssh-signature';
import { totpStep } from './totp';

/** A refusal is a value, not an exception: the miss that it counts must stay when the transaction ends. */
export type Verdict =
  | { readonly ok: true; readonly request: SignedRequest }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string | undefined };

type Refusal = Extract<Verdict, { ok: false }>;

function refusal(code: ErrorCode, detail?: string): Refusal {
  return { ok: false, code, detail };
}

/**
 * Decides whether a grant covers `expected` and uses it up for `use` (B15). A grant is judged once; afterwards the
 * stored verdict speaks, so that a retry neither counts a second miss nor needs a second code. What is asked wrongly
 * (another order, a use that is not its own) judges nothing: a forger must not burn somebody's grant.
 */
export async function judgeGrant(
  judgement: GrantJudgement,
  expected: Order,
  use: string,
  key: SealingKey,
): Promise<Verdict> {
  const { grant } = judgement;
  if (grant === undefined) return refusal('GRANT_UNKNOWN');
  if (grant.verdict !== null && grant.verdict !== 'valid') return refusal(grant.verdict, 'It was refused before.');
  const request = parseSignedRequest(grant.signedText);
  if (request === undefined) return refusal('GRANT_MISMATCH', 'The signed text is not a request in canonical JSON.');
  if (canonicalJson(request.order) !== canonicalJson(expected)) return refusal('GRANT_MISMATCH');

  const misused = judgeUse(grant, expected, use);
  if (misused !== undefined) return misused;
  const repeated = grant.verdict === 'valid' && grant.uses.includes(use);
  if (!repeated && grant.ageMs > GRANT_LIFETIME_MS) {
    // A recovery code is good for as long as nobody has used it: it must not stay in the row.
    if (grant.verdict === null) await judgement.refuse('GRANT_EXPIRED');
    return refusal('GRANT_EXPIRED');
  }
  if (grant.verdict === 'valid') {
    if (!isOwnVerdict(grant, key)) return refusal('NOT_AUTHORISED', 'The verdict in the table is not ours.');
  } else {
    const refused = await judgeFactors(judgement, grant, request, key);
    if (refused !== undefined) {
      await judgement.refuse(refused.code);
      return refused;
    }
    await judgement.accept(sha256Hex(grant.signedText), key.seal(Buffer.from('valid'), verdictBinding(grant)));
  }
  await judgement.recordUse(use);
  return { ok: true, request };
}

/** A `respond` order is good for one chain of runs of each of its incidents, every other order once; an order about an operator or about evidence for its own workflow. */
function judgeUse({ id, uses }: GrantRow, order: Order, use: string): Refusal | undefined {
  // Another activity must not burn a recovery code, or an admin's order, that somebody has seen in a history.
  const own = ownUse(order.action, id);
  if (own !== undefined && use !== own) return refusal('GRANT_MISMATCH', 'It is carried out by its own workflow only.');
  if (order.action !== 'respond') {
    return uses.some((earlier) => earlier !== use) ? refusal('GRANT_USED') : undefined;
  }
  const ordered = incidentOfUse(use);
  if (!order.incidents.some(({ incident }) => incident === ordered)) {
    return refusal('GRANT_MISMATCH', `${use} is not an incident of the order.`);
  }
  return uses.some((earlier) => earlier !== use && incidentOfUse(earlier) === ordered)
    ? refusal('GRANT_USED', `${String(ordered)} was started with it before.`)
    : undefined;
}

/**
 * The request of a grant that was found good before and used up for exactly this (B15): what an act rests on. Nothing is
 * used up, so it needs no lock. Verdict and use lie in the table, so the signature is checked once more, against the operator as
 * enrolled now: a verdict sealed by somebody who stole the key is none, and neither is one on a grant of somebody removed.
 * @param row the operator that the grant names
 */
export function confirmGrant(
  grant: GrantRow | undefined,
  use: string,
  key: SealingKey,
  row: SealedOperator | undefined,
  purpose: ConfirmPurpose,
): Verdict {
  if (grant === undefined) return refusal('GRANT_UNKNOWN');
  const request = parseSignedRequest(grant.signedText);
  if (request === undefined || grant.verdict !== 'valid' || !isOwnVerdict(grant, key)) {
    return refusal('NOT_AUTHORISED', 'No worker has found the grant good.');
  }
  if (!grant.uses.includes(use) || judgeUse(grant, request.order, use) !== undefined) {
    return refusal('GRANT_MISMATCH', 'The grant was used up for something else.');
  }
  if (purpose === 'record') return { ok: true, request };
  if (row === undefined || row.operator.name !== request.operator) return refusal('OPERATOR_UNKNOWN', request.operator);
  openOperator(row, key);
  if (row.operator.disabled) return refusal('OPERATOR_DISABLED', request.operator);
  const { action } = request.order;
  // A detector has no role but its own, and gives no other order.
  const needed = row.operator.roles.includes('detector') ? 'detector' : ROLE_FOR[action];
  if (!row.operator.roles.includes(needed)) return refusal('OPERATOR_NOT_ALLOWED', `It needs the role ${needed}.`);
  const signature = signatureOf(grant, row);
  if (!signature.ok) return refusal('SIGNATURE_INVALID', signature.why);
  return { ok: true, request };
}

function signatureOf(grant: GrantRow, row: SealedOperator): ReturnType<typeof checkSshSignature> {
  return checkSshSignature(
    grant.signedText,
    grant.signature,
    parsePublicKeyLine(row.operator.publicKey),
    SIGNATURE_NAMESPACE,
  );
}

/** Signature, role, TOTP. @returns undefined when all of them are right */
async function judgeFactors(
  judgement: GrantJudgement,
  grant: GrantRow,
  request: SignedRequest,
  key: SealingKey,
): Promise<Refusal | undefined> {
  if (Math.abs(Date.parse(request.issuedAt) - grant.createdAtMs) > GRANT_LIFETIME_MS) {
    const stored = new Date(grant.createdAtMs).toISOString();
    return refusal('GRANT_EXPIRED', `Signed at ${request.issuedAt}, stored at ${stored}: compare the clocks.`);
  }
  const row = await judgement.lockOperator(request.operator);
  if (row === undefined) return refusal('OPERATOR_UNKNOWN', request.operator);
  const secret = openOperator(row, key);
  const signature = signatureOf(grant, row);
  if (!signature.ok) return refusal('SIGNATURE_INVALID', signature.why);
  if (await judgement.wasAccepted(sha256Hex(grant.signedText))) return refusal('GRANT_USED');
  if (row.operator.disabled) return refusal('OPERATOR_DISABLED');
  if (row.operator.locked && request.order.action !== 'operator-recover') return refusal('OPERATOR_LOCKED');
  const { roles } = row.operator;
  if (roles.includes('detector')) {
    const { order } = request;
    if (order.action !== 'respond') return refusal('OPERATOR_NOT_ALLOWED', 'Detectors only respond.');
    return order.trigger === 'detector' ? undefined : refusal('OPERATOR_NOT_ALLOWED', 'A detector is no person.');
  }
  const needed = ROLE_FOR[request.order.action];
  if (!roles.includes(needed)) return refusal('OPERATOR_NOT_ALLOWED', `It needs the role ${needed}.`);
  const { order } = request;
  if (order.action === 'operator-recover') return judgeRecovery(judgement, grant, row, order.operator, key);
  // They are for the signer only, or an admin would make ways in for somebody else.
  if (order.action === 'operator-recovery-codes' && order.operator !== request.operator)
    return refusal('OPERATOR_NOT_ALLOWED', 'Recovery codes are made by the person they are for.');
  return judgeCode(judgement, grant, row, secret);
}

/** A recovery code in the place of the TOTP code: also for somebody who is locked, but only for themself. */
async function judgeRecovery(
  judgement: GrantJudgement,
  grant: GrantRow,
  row: SealedOperator,
  recovered: string,
  key: SealingKey,
): Promise<Refusal | undefined> {
  if (recovered !== row.operator.name)
    return refusal('OPERATOR_NOT_ALLOWED', 'A recovery code is for the person who signs.');
  if (row.recovery === null) return refusal('RECOVERY_INVALID', 'No recovery codes were made, or they were ended.');
  if (row.recoveryBarred)
    return refusal('OPERATOR_LOCKED', `${RECOVERY_MISSES_TO_BAR} wrong recovery codes: wait for an hour.`);
  if (grant.otp === null) return refusal('RECOVERY_INVALID', 'No recovery code was given.');
  if (await judgement.takeRecoveryCode(row, recoveryDigest(grant.otp, row.operator.name, row.recovery, key)))
    return undefined;
  const misses = await judgement.countRecoveryMiss(row);
  return refusal('RECOVERY_INVALID', `It is wrong or was used: ${misses} of ${RECOVERY_MISSES_TO_BAR} misses.`);
}

/** Only somebody who signed gets here, so nobody can lock out another person by guessing. */
async function judgeCode(
  judgement: GrantJudgement,
  grant: GrantRow,
  row: SealedOperator,
  secret: Buffer,
): Promise<Refusal | undefined> {
  if (grant.otp === null) return refusal('OTP_INVALID', 'No code was given.');
  const step = totpStep(secret, grant.otp, grant.createdAtMs);
  if (step === undefined) {
    const misses = await judgement.countMiss(row);
    const lock = misses >= TOTP_MISSES_TO_LOCK;
    return refusal(
      'OTP_INVALID',
      `${misses} of ${TOTP_MISSES_TO_LOCK} misses${lock ? ': the operator is locked now.' : '.'}`,
    );
  }
  if (!(await judgement.takeTotpStep(row, step))) return refusal('OTP_REUSED');
  return undefined;
}

function verdictBinding(grant: GrantRow): string {
  return canonicalJson({ for: 'firebreak grant', grant: grant.id, request: sha256Hex(grant.signedText) });
}

function isOwnVerdict(grant: GrantRow, key: SealingKey): boolean {
  return grant.verdictSeal !== null && key.open(grant.verdictSeal, verdictBinding(grant))?.toString() === 'valid';
}
