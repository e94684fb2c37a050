import { readFile } from 'node:fs/promises';
import { FirebreakError, ensureFirebreakError } from '../../domain/errors';
import { sha256Hex } from '../../domain/hash';
import type { OperatorRole } from '../../domain/order';
import { OPERATOR_ROLES } from '../../domain/order';
import { nearest } from '../../domain/nearest';
import type { Announced } from '../../operations/announce';
import { announced } from '../../operations/announce';
import { depositGrant } from '../../operations/authorise';
import type { CommandContext, PersonOptions } from '../context';
import { credentialsOf } from '../context';
import { table } from '../output';

export interface OperatorAddFlags extends PersonOptions {
  readonly key: string;
  readonly role: readonly string[];
  readonly bootstrap?: boolean;
}

/** Runs where the worker's key is; another operator than the first is enrolled with an admin's grant (B15). */
export async function operatorAddCommand(
  context: CommandContext,
  name: string,
  flags: OperatorAddFlags,
): Promise<number> {
  const roles = rolesOf(flags);
  const publicKey = (
    await readFile(flags.key, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
      throw new FirebreakError('BAD_INPUT', `${flags.key} cannot be read: ${thrown.code ?? thrown.message}.`);
    })
  ).trim();
  if (publicKey.includes('PRIVATE KEY'))
    throw new FirebreakError('BAD_INPUT', `${flags.key} is a private key; give its .pub file.`);
  const uri = await enrol(context, { name, publicKey, roles }, flags);
  context.output.say(
    `${name} is enrolled as ${roles.join(', ')}. Put this into the authenticator now; it is not shown again:`,
  );
  context.output.result({ operator: name, roles, otpauth: uri }, [uri]);
  return 0;
}

interface Applicant {
  readonly name: string;
  readonly publicKey: string;
  readonly roles: readonly OperatorRole[];
}

/** The ledger has the intent before anybody is enrolled (L1). */
async function enrol(context: CommandContext, applicant: Applicant, flags: OperatorAddFlags): Promise<string> {
  const { operations } = await context.firebreak();
  const by = flags.bootstrap === true ? undefined : await adminOf(context, applicant, flags);
  const enrolment: Announced = {
    action: 'operator.add',
    subject: applicant.name,
    actor: by ?? 'bootstrap',
    detail: { roles: applicant.roles.join(','), keySha256: sha256Hex(applicant.publicKey) },
  };
  let uri: string | undefined;
  try {
    await announced(operations, enrolment, async () => {
      uri = await (by === undefined
        ? operations.operators.bootstrap(applicant)
        : operations.operators.add(applicant, by));
    });
  } catch (thrown) {
    // The secret is shown once: an enrolment that took place must not lose it because its second event could not be written.
    if (uri === undefined) throw thrown;
    context.output.say(`the ledger holds the intent only: ${ensureFirebreakError(thrown).message}`);
  }
  return uri ?? '';
}

/** The admin whose grant has been verified for this order. */
async function adminOf(context: CommandContext, applicant: Applicant, flags: PersonOptions): Promise<string> {
  const { operations } = await context.firebreak();
  const credentials = await credentialsOf(flags);
  const order = {
    action: 'operator-add',
    operator: applicant.name,
    publicKey: applicant.publicKey,
    roles: applicant.roles.join(','),
  } as const;
  const grantId = await depositGrant(operations, credentials, order);
  const signed = await operations.authorisation.verify(grantId, order, `operator-add:${applicant.name}`);
  return signed.operator;
}

function rolesOf(flags: OperatorAddFlags): OperatorRole[] {
  if (flags.role.length === 0) return flags.bootstrap === true ? ['respond', 'approve', 'admin'] : ['respond'];
  return flags.role.map((written) => {
    const role = OPERATOR_ROLES.find((candidate) => candidate === written);
    if (role === undefined)
      throw new FirebreakError(
        'BAD_INPUT',
        `unknown role ${JSON.stringify(written.slice(0, 40))}; did you mean ${nearest(written, OPERATOR_ROLES)}?`,
      );
    return role;
  });
}

export async function operatorListCommand(context: CommandContext): Promise<number> {
  const { operations } = await context.firebreak();
  const operators = await operations.operators.list();
  context.output.result(
    operators,
    operators.length === 0
      ? ['nobody is enrolled: firebreak operator add NAME --bootstrap --key FILE.pub']
      : table([
          ['NAME', 'ROLES', 'STATE', 'ENROLLED BY', 'KEY'],
          ...operators.map((one) => [
            one.name,
            one.roles.join(','),
            one.locked ? 'LOCKED' : 'active',
            one.createdBy,
            one.publicKey.slice(0, 60),
          ]),
        ]),
  );
  return 0;
}
