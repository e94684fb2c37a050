import type { ErrorCode } from '../domain/errors';
import type { OperatorRole } from '../domain/order';
import type { Operator, Voucher } from './authorisation';

/** A stored grant (B15). */
export interface GrantRow {
  readonly id: string;
  readonly signedText: string;
  readonly signature: string;
  /** null when none was given, and always after the verdict. */
  readonly otp: string | null;
  /** The database's clock, milliseconds since 1970: TOTP is judged at this moment, however late the worker is. */
  readonly createdAtMs: number;
  /** By the database's clock. */
  readonly ageMs: number;
  /** null until judged. */
  readonly verdict: 'valid' | ErrorCode | null;
  /** Set with `valid`: shows that the verdict is the verifying side's own. */
  readonly verdictSeal: string | null;
  /** What it was used up for already. */
  readonly uses: readonly string[];
}

/** An operator with what only the verifying side can open. */
export interface SealedOperator {
  readonly operator: Operator;
  /** New with every enrolment; used-up TOTP steps count per enrolment. */
  readonly enrolment: string;
  /** Which key seals the secret. */
  readonly keyId: string;
  /** Base64. */
  readonly sealed: string;
  /** Wrong codes since the last right one. */
  readonly misses: number;
  /** Set of recovery codes that counts. */
  readonly recovery: string | null;
  /** Five wrong recovery codes within an hour. */
  readonly recoveryBarred: boolean;
}

/** A new enrolment. */
export type Enrolment = Pick<SealedOperator, 'enrolment' | 'keyId' | 'sealed'> &
  Pick<Operator, 'name' | 'publicKey' | 'roles' | 'createdBy'>;

/** An operator as they are after a change. */
export interface ChangedEnrolment extends Pick<SealedOperator, 'enrolment' | 'keyId' | 'sealed' | 'recovery'> {
  /** The enrolment that it takes the place of. */
  readonly replaces: string;
  readonly publicKey: string;
  readonly roles: readonly OperatorRole[];
  readonly vouchers: readonly Voucher[];
  /** Digests of new recovery codes. */
  readonly codes: readonly string[];
}

/** What came of a change; `done` also for a repeat of the same order. */
export type ChangeVerdict =
  'done' | 'unknown' | 'changed' | 'stale' | 'not-able' | 'last-admin' | 'not-locked' | 'same-state' | 'key-taken';

/**
 * One grant under judgement: its row is locked until the end, and so is the operator's after `lockOperator`.
 * What is written here is kept when the judge returns and undone when it throws.
 */
export interface GrantJudgement {
  /** undefined when there is none. */
  readonly grant: GrantRow | undefined;
  lockOperator(name: string): Promise<SealedOperator | undefined>;
  /** Whether another grant with the same signed text was accepted. @param requestSha256 lowercase hex */
  wasAccepted(requestSha256: string): Promise<boolean>;
  /** Forgets the misses before it. @returns false when the step was used before in this enrolment */
  takeTotpStep(operator: SealedOperator, step: number): Promise<boolean>;
  /** Counts a wrong code and refuses the grant with it; the fifth in a row locks. @returns the misses since the last right code */
  countMiss(operator: SealedOperator): Promise<number>;
  /** @returns false when the code is none of the operator's, or was used before */
  takeRecoveryCode(operator: SealedOperator, digest: string): Promise<boolean>;
  /** Counts a wrong recovery code and refuses the grant with it. @returns the misses of the last hour */
  countRecoveryMiss(operator: SealedOperator): Promise<number>;
  /** Writes that the grant is good, and blanks the OTP. */
  accept(requestSha256: string, verdictSeal: string): Promise<void>;
  /** Writes why it is not, and blanks the OTP. */
  refuse(verdict: ErrorCode): Promise<void>;
  recordUse(use: string): Promise<void>;
}

/** Where grants lie. Throws FirebreakError DATABASE_UNREACHABLE. */
export interface GrantRows {
  /** Repeated with the same id it changes nothing. */
  deposit(grant: Pick<GrantRow, 'id' | 'signedText' | 'signature' | 'otp'>): Promise<void>;
  /** The row as it is, without a lock. */
  find(grantId: string): Promise<GrantRow | undefined>;
  /** What only workers may read of an operator. */
  operator(name: string): Promise<SealedOperator | undefined>;
  /** Who vouched for enrolments of this name that were removed since. @param sinceMs milliseconds since 1970 */
  formerVouchers(name: string, sinceMs: number): Promise<readonly string[]>;
  /** Runs `judge` in one transaction; it may run again after a lost connection, so it must do nothing else. */
  judge<T>(grantId: string, judge: (judgement: GrantJudgement) => Promise<T>): Promise<T>;
}

/** Where operators lie. Throws FirebreakError DATABASE_UNREACHABLE. */
export interface OperatorRows {
  list(): Promise<readonly Operator[]>;
  find(name: string): Promise<Operator | undefined>;
  /** What only workers may read of an operator. */
  sealed(name: string): Promise<SealedOperator | undefined>;
  /** Whether this enrolment was ended. */
  wasRemoved(enrolment: string): Promise<boolean>;
  /** Stores the first operator; of several at once one wins. @returns false when there are, or were, others */
  insertFirst(enrolment: Enrolment): Promise<boolean>;
  /** @returns false when name or key is taken, the enrolment was ended, or its order is stale; true for a repeat of the same enrolment */
  enrol(enrolment: Enrolment): Promise<boolean>;
  /** Whether the order of an enrolment is there and so old that nobody carries it out any more. */
  isStale(enrolment: string): Promise<boolean>;
  /** Ends an enrolment for good. @param grantId the order, undefined in drills */
  remove(name: string, enrolment: string, by: string, grantId: string | undefined): Promise<ChangeVerdict>;
  /** Whether an order has been carried out: a change by its enrolment, a removal by its grant. */
  wasCarriedOut(grantId: string): Promise<boolean>;
  change(changed: ChangedEnrolment): Promise<ChangeVerdict>;
}
