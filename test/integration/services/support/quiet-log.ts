import type { ServiceLog } from '../../../../src/supervision/service-log';

export const quiet: ServiceLog = { info: () => undefined, warn: () => undefined };

/** A log that keeps its messages. */
export function keptLog(): ServiceLog & { readonly messages: string[] } {
  const messages: string[] = [];
  const keep = (_details: object, message: string): void => void messages.push(message);
  return { messages, info: keep, warn: keep };
}
