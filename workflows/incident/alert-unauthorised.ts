import type { ErrorCode } from '../../src/domain/errors';
import type { Granted } from '../messages';
import type { Desk } from './desk';

/** Alerts of one incident about what was tried without authority; whoever tries more only fills the audit log. */
const ALERTS_AT_MOST = 5;

/** An order without a valid grant does nothing but alert (B15): in the ledger, and to people. */
export function alertUnauthorised(desk: Desk, input: Granted, action: string, code: ErrorCode): void {
  desk.unauthorised += 1;
  desk.recorder.note({
    key: `refused:${action}:${input.grantId.slice(0, 64)}:${desk.unauthorised}`,
    audit: {
      level: 'CRITICAL',
      action: 'order.refused',
      subject: action,
      reason: input.reason,
      result: code,
      saidToBe: input.operator,
    },
  });
  if (desk.unauthorised > ALERTS_AT_MOST) return;
  desk.tell('unauthorised', `unauthorised-${action}-${desk.unauthorised}`, [
    { fact: 'order-unauthorised', action, code, by: input.operator },
  ]);
}

/** An act that was called for without authority; the act has written it into the ledger itself. */
export function alertUnauthorisedAct(desk: Desk, about: { readonly act: string; readonly code: string }): void {
  if (desk.unauthorised >= ALERTS_AT_MOST) return;
  desk.unauthorised += 1;
  desk.tell('unauthorised', `unauthorised-act-${desk.unauthorised}`, [
    { fact: 'act-unauthorised', act: about.act.slice(0, 120), code: about.code.slice(0, 40) },
  ]);
}
