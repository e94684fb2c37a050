/** Why the lab cannot do what was asked. */
export type LabErrorCode =
  | 'LAB_NEEDS_ROOT'
  | 'LAB_PACKAGES_MISSING'
  | 'LAB_BAD_OPTIONS'
  | 'LAB_ID_TAKEN'
  | 'LAB_UNKNOWN'
  | 'LAB_NO_FREE_NETWORK'
  | 'LAB_COMMAND_FAILED'
  | 'LAB_COMMAND_TIMEOUT'
  | 'LAB_BOOT_FAILED'
  | 'LAB_HOST_DOWN'
  | 'LAB_PROVISION_FAILED'
  | 'LAB_WRONG_TARGET'
  | 'LAB_DOWN_INCOMPLETE';

/** A failure of the lab itself; the message says what to do about it where there is something to do. */
export class LabError extends Error {
  override readonly name = 'LabError';

  constructor(
    readonly code: LabErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}
