import { readFile } from 'node:fs/promises';
import { FirebreakError } from '../../domain/errors';
import type { OperatorRole } from '../../domain/order';
import { OPERATOR_ROLES } from '../../domain/order';
import { unknownWord } from '../../domain/nearest';
import { refuseUnknownOperator } from '../../operations/known-names';
import { addFirstOperator, addOperator, removeOperator } from '../../operations/enrol';
import { stillObeyedBy, stillObeysInWords } from '../../operations/host-orders';
import type { CommandContext, PersonOptions } from '../context';
import { credentialsOf } from '../context';
import { table } from '../output';

export interface OperatorAddFlags extends PersonOptions {
  readonly key: string;
  readonly role: readonly string[];
  readonly bootstrap?: boolean;
}

/** A worker enrols; the secret comes back encrypted to a key that only this process has (B15). */
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
  const { operations, config } = await context.firebreak();
  const { bootstrapProof, makeHandover } = await import('../../composition/enrolling.js');
  const applicant = { name, publicKey, roles };
  const made =
    flags.bootstrap === true
      ? await addFirstOperator(operations, bootstrapProof(config), applicant, makeHandover())
      : await addOperator(operations, await credentialsOf(context, flags), applicant, makeHandover());
  sayUnrecorded(context, made);
  const enrolled = `${name} is enrolled as ${roles.join(', ')}.`;
  if (made.otpauth === '') context.output.say(`${enrolled} A detector has no second factor.`);
  else context.output.say(`${enrolled} Put this into the authenticator now; it is not shown again:`);
  if (roles.includes('respond') && config.signers[name] === undefined)
    context.output.say(
      `No host knows ${name} as a signer. So that hosts obey a release by ${name}, put \`${name}: ${publicKey}\` under \`signers\` in the configuration and run \`firebreak host setup\` for each host.`,
    );
  context.output.result(
    { operator: name, roles, otpauth: made.otpauth === '' ? null : made.otpauth },
    made.otpauth === '' ? [] : [made.otpauth],
  );
  return 0;
}

/** No grant of that person counts afterwards. */
export async function operatorRemoveCommand(
  context: CommandContext,
  name: string,
  flags: PersonOptions & { readonly reason: string },
): Promise<number> {
  const { operations } = await context.firebreak();
  const credentials = await credentialsOf(context, flags, () =>
    refuseUnknownOperator(operations, { path: 'name', name }),
  );
  const done = await removeOperator(operations, credentials, name, flags.reason);
  sayUnrecorded(context, done);
  const stillObeyed = await stillObeyedBy(operations, name);
  context.output.result({ operator: name, removed: true, stillObeyed }, [
    `${name} is removed`,
    ...stillObeyed.map((one) => stillObeysInWords(one, name)),
  ]);
  return 0;
}

function sayUnrecorded(context: CommandContext, { recorded }: { readonly recorded: boolean }): void {
  if (!recorded) context.output.say('the ledger holds the intent only');
}

function rolesOf(flags: OperatorAddFlags): OperatorRole[] {
  if (flags.role.length === 0) return flags.bootstrap === true ? ['respond', 'approve', 'admin'] : ['respond'];
  return flags.role.map((written) => {
    const role = OPERATOR_ROLES.find((candidate) => candidate === written);
    if (role === undefined) throw new FirebreakError('BAD_INPUT', unknownWord('role', written, OPERATOR_ROLES));
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
