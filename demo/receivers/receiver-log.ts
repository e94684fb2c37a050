/** Where receivers tell what arrived; a pino logger satisfies it. */
export interface ReceiverLog {
  info(details: object, message: string): void;
}
