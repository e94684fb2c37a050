/** What is known of an error code. */
export interface ErrorSpec {
  /** What happened, in an operator's words. */
  readonly message: string;
  /** May the same call succeed when repeated unchanged? */
  readonly retryable: boolean;
  /** CLI exit code (U3). */
  readonly exitCode: 1 | 2 | 3 | 4 | 5;
  /** What to do now. */
  readonly hint: string;
}
