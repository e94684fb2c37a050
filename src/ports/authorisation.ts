import type { ConfirmedRequest, OperatorChange, Order, OperatorRole, SignedRequest } from '../domain/order';

/** Somebody who changed an operator in a way that gives power; counts like who enrolled them (N5). */
export interface Voucher {
  readonly by: string;
  /** `unlock` counts for ENROLMENT_SETTLES_MS, the others for good. */
  readonly how: 'roles' | 'rotate' | 'enable' | 'unlock';
  /** ISO 8601, UTC; a worker's clock. */
  readonly at: string;
}

export interface Operator {
  readonly name: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
  readonly roles: readonly OperatorRole[];
  /** After five wrong codes. */
  readonly locked: boolean;
  /** By an admin's order. */
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly vouchers: readonly Voucher[];
}

/** What the CLI hands in for one order. */
export interface GrantRequest {
  /** The exact text that was signed: canonical JSON of a SignedRequest. */
  readonly signedText: string;
  /** Armoured SSH signature (`-----BEGIN SSH SIGNATURE-----`). */
  readonly signature: string;
  /** Six digits, or a recovery code for a recovery; absent for a detector's service identity. */
  readonly otp?: string;
}

/**
 * What is done with a confirmed order. `act` needs the operator as enrolled now. `record` goes on when they were removed or enrolled anew
 * meanwhile: what was begun in their name is still told, written down and undone.
 */
export type ConfirmPurpose = 'act' | 'record';

/** Stores and checks authority (B15). History carries only the grant's id. */
export interface Authorisation {
  /**
   * Stores a grant row; nothing is verified yet, that is the worker's part. Expires after GRANT_LIFETIME_MS.
   * @returns the grant's id
   */
  deposit(request: GrantRequest): Promise<string>;
  /**
   * Verifies signature, TOTP, roles, age and that the signed order is the expected one, and uses the grant up for `use`
   * (see respondUse; for other orders an Update's name and id). Repeating it with the same `use` by the same retry returns the same answer.
   *
   * Throws FirebreakError: GRANT_UNKNOWN, GRANT_EXPIRED, GRANT_USED, GRANT_MISMATCH, SIGNATURE_INVALID, OTP_INVALID, OTP_REUSED, RECOVERY_INVALID,
   * OPERATOR_UNKNOWN, OPERATOR_DISABLED, OPERATOR_LOCKED, OPERATOR_NOT_ALLOWED.
   */
  verify(grantId: string, expected: Order, use: string): Promise<SignedRequest>;
  /**
   * The order of a grant that `verify` has found good and used up for `use`; short queries, nothing is changed. What acts asks
   * this first, whoever told it to act. The signature is checked again against the operator as enrolled now, so that neither the
   * sealing key alone nor somebody who was removed since makes an order.
   *
   * Throws FirebreakError: GRANT_UNKNOWN, GRANT_MISMATCH, NOT_AUTHORISED, OPERATOR_UNKNOWN, OPERATOR_DISABLED, OPERATOR_NOT_ALLOWED,
   * SIGNATURE_INVALID.
   */
  confirm(grantId: string, use: string, purpose?: ConfirmPurpose): Promise<ConfirmedRequest>;
  /** What the text of a grant asks for, and in whose name; nothing of it is proven. @returns undefined when there is no such text */
  asksFor(grantId: string): Promise<Pick<SignedRequest, 'order' | 'operator'> | undefined>;
}

/** Reads operators; anybody who may read at all. Throws FirebreakError DATABASE_UNREACHABLE. */
export interface OperatorRegistry {
  list(): Promise<readonly Operator[]>;
  find(name: string): Promise<Operator | undefined>;
  /** Whether a worker has carried out an order about an operator. */
  wasCarriedOut(grantId: string): Promise<boolean>;
}

/** Somebody to be enrolled. */
export interface Applicant {
  readonly name: string;
  /** OpenSSH public key line. */
  readonly publicKey: string;
  readonly roles: readonly OperatorRole[];
}

/** The first operator, asked for by somebody who holds the workers' key file. */
export interface BootstrapRequest extends Applicant {
  /** UUID, new for each request: a retry gives the same secret. */
  readonly enrolment: string;
  /** X25519, base64. */
  readonly handoverKey: string;
  /** Made with the workers' key over all of it. */
  readonly proof: string;
}

/** Enrols and removes operators; only where the workers' key is. */
export interface OperatorEnrolment {
  /** @throws FirebreakError NOT_AUTHORISED when the request was not made by somebody who holds the workers' key file */
  demandProof(request: BootstrapRequest): Promise<void>;
  /**
   * First operator only, on an empty table.
   * @returns the otpauth:// URI, encrypted to the handover key
   * @throws FirebreakError as `demandProof`, OPERATOR_NOT_ALLOWED when there are operators already, BAD_INPUT
   */
  bootstrap(request: BootstrapRequest): Promise<string>;
  /**
   * @param by the operator whose grant has been verified for this order
   * @param enrolment the grant's id: a retry gives the same secret
   * @returns the otpauth:// URI encrypted to the handover key; empty for a detector, which has no second factor
   * @throws FirebreakError OPERATOR_NOT_ALLOWED, BAD_INPUT when the name or the key is taken
   */
  add(applicant: Applicant, by: string, enrolment: string, handoverKey: string): Promise<string>;
  /**
   * Ends an enrolment: no grant of that person counts any more. A repeat changes nothing.
   * @param grantId the order; the same order never ends a later enrolment of that name. Absent in drills.
   * @throws FirebreakError OPERATOR_UNKNOWN, GRANT_EXPIRED, OPERATOR_NOT_ALLOWED for the last admin who can sign
   */
  remove(name: string, by: string, grantId?: string): Promise<void>;
  /**
   * Carries out a signed change; a repeat of the same order changes nothing.
   * @param by the operator whose grant has been verified for this order
   * @param grantId becomes the enrolment: a retry gives the same secret
   * @returns the otpauth:// URI or the recovery codes, encrypted to the order's hand-over key; empty where there is nothing to hand over
   * @throws FirebreakError OPERATOR_UNKNOWN, OPERATOR_CHANGED, GRANT_EXPIRED, BAD_INPUT, OPERATOR_NOT_ALLOWED for the last admin who can sign
   */
  change(order: OperatorChange, by: string, grantId: string): Promise<string>;
}
