import type { Order, OperatorRole, SignedRequest } from '../domain/order';

export interface Operator {
  readonly name: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
  readonly roles: readonly OperatorRole[];
  readonly locked: boolean;
  readonly createdAt: string;
  readonly createdBy: string;
}

/** What the CLI hands in for one order. */
export interface GrantRequest {
  /** The exact text that was signed: canonical JSON of a SignedRequest. */
  readonly signedText: string;
  /** Armoured SSH signature (`-----BEGIN SSH SIGNATURE-----`). */
  readonly signature: string;
  /** Six digits; absent for a detector's service identity. */
  readonly otp?: string;
}

/** An order that a worker has found good, with the proof that a host can check for itself (H6). */
export interface ConfirmedOrder extends SignedRequest {
  /** The exact text that was signed. */
  readonly signedText: string;
  /** Armoured SSH signature over it. */
  readonly signature: string;
}

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
   * Throws FirebreakError: GRANT_UNKNOWN, GRANT_EXPIRED, GRANT_USED, GRANT_MISMATCH, SIGNATURE_INVALID, OTP_INVALID, OTP_REUSED,
   * OPERATOR_UNKNOWN, OPERATOR_LOCKED, OPERATOR_NOT_ALLOWED.
   */
  verify(grantId: string, expected: Order, use: string): Promise<SignedRequest>;
  /**
   * The order of a grant that `verify` has found good and used up for `use`; one short query, nothing is changed. What acts asks
   * this first, whoever told it to act.
   *
   * Throws FirebreakError: GRANT_UNKNOWN, GRANT_MISMATCH, NOT_AUTHORISED.
   */
  confirm(grantId: string, use: string): Promise<ConfirmedOrder>;
}

export interface OperatorRegistry {
  list(): Promise<readonly Operator[]>;
  find(name: string): Promise<Operator | undefined>;
  /** First operator only, on an empty table. @returns the otpauth:// URI, shown once */
  bootstrap(operator: {
    readonly name: string;
    readonly publicKey: string;
    readonly roles: readonly OperatorRole[];
  }): Promise<string>;
  /** @param by the operator whose grant has been verified for this order */
  add(
    operator: { readonly name: string; readonly publicKey: string; readonly roles: readonly OperatorRole[] },
    by: string,
  ): Promise<string>;
}
