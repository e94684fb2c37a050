/**
 * The two lines of talk a local service needs; a pino logger satisfies it.
 * What is under way and how long it takes goes to `info`, what the user should change to `warn`.
 */
export interface ServiceLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}
