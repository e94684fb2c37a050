import { randomUUID } from 'node:crypto';
import { makeHandoverKey } from '../../src/adapters/authorisation/handover';
import { handoverPurpose, proveBootstrap } from '../../src/adapters/authorisation/operator-enrolment';
import type { SealingKey } from '../../src/adapters/authorisation/sealing-key';
import type { Applicant, OperatorEnrolment } from '../../src/ports/authorisation';

/** Enrols the first operator as somebody who holds the key file does. @returns the otpauth:// URI */
export async function enrolFirst(
  enrolment: OperatorEnrolment,
  key: SealingKey,
  applicant: Applicant,
  id: string = randomUUID(),
): Promise<string> {
  const handover = makeHandoverKey();
  const request = proveBootstrap({ ...applicant, enrolment: id, handoverKey: handover.publicKey }, key);
  return handover.open(await enrolment.bootstrap(request), handoverPurpose(applicant.name, id));
}

/** Enrols by an admin. @returns the otpauth:// URI; empty for a detector */
export async function enrolBy(
  enrolment: OperatorEnrolment,
  applicant: Applicant,
  by: string,
  id: string = randomUUID(),
): Promise<string> {
  const handover = makeHandoverKey();
  const box = await enrolment.add(applicant, by, id, handover.publicKey);
  return box === '' ? '' : handover.open(box, handoverPurpose(applicant.name, id));
}
