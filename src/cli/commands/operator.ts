import { readFile } from 'node:fs/promises';
import { FirebreakError } from '../../domain/errors';
import type { OperatorRole } from '../../domain/order';
import type { Operator } from '../../ports/authorisation';
import { OPERATOR_ROLES } from '../../domain/order';
import { unknownWord } from '../../domain/nearest';
import { refuseUnknownOperator } from '../../operations/known-names';
import { addFirstOperator, addOperator, removeOperator } from '../../operations/enrol';
import { stillObeyedBy, stillObeysInWords } from '../../operations/host-orders';
import type { CommandContext, PersonOptions } from '../context';
import { credentialsOf } from '../context';
import { table } from '../output';
import { qrLines } from '../qr-code';

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
  const publicKey = await readPublicKey(flags.key);
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
  else context.output.say(enrolled);
  showSecret(context, made.otpauth);
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

/** @throws FirebreakError BAD_INPUT */
export async function readPublicKey(file: string): Promise<string> {
  const line = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    throw new FirebreakError('BAD_INPUT', `${file} cannot be read: ${thrown.code ?? thrown.message}.`);
  });
  if (line.includes('PRIVATE KEY'))
    throw new FirebreakError('BAD_INPUT', `${file} is a private key; give its .pub file.`);
  return line.trim();
}

/** A QR code for people who look at a terminal; the URI itself is the command's data. */
export function showSecret(context: CommandContext, otpauth: string): void {
  if (otpauth === '') return;
  context.output.say('Put this into the authenticator now; it is not shown again:');
  if (context.output.json || !process.stdout.isTTY || !process.stderr.isTTY) return;
  for (const line of qrLines(otpauth)) context.output.say(line);
}

export function sayUnrecorded(context: CommandContext, { recorded }: { readonly recorded: boolean }): void {
  if (!recorded) context.output.say('the ledger holds the intent only');
}

function rolesOf(flags: OperatorAddFlags): OperatorRole[] {
  if (flags.role.length === 0) return flags.bootstrap === true ? ['respond', 'approve', 'admin'] : ['respond'];
  return rolesFrom(flags.role);
}

/** @throws FirebreakError BAD_INPUT for a word that is no role */
export function rolesFrom(words: readonly string[]): OperatorRole[] {
  return words.map((written) => {
    const role = OPERATOR_ROLES.find((candidate) => candidate === written);
    if (role === undefined) throw new FirebreakError('BAD_INPUT', unknownWord('role', written, OPERATOR_ROLES));
    return role;
  });
}

function stateOf({ locked, disabled }: Operator): 'active' | 'LOCKED' | 'DISABLED' {
  if (disabled) return 'DISABLED';
  return locked ? 'LOCKED' : 'active';
}

export async function operatorListCommand(context: CommandContext): Promise<number> {
  const { operations } = await context.firebreak();
  const operators = await operations.operators.list();
  context.output.result(
    operators.map((one) => ({ ...one, state: stateOf(one) })),
    operators.length === 0
      ? ['nobody is enrolled: firebreak operator add NAME --bootstrap --key FILE.pub']
      : table([
          ['NAME', 'ROLES', 'STATE', 'ENROLLED BY', 'KEY'],
          ...operators.map((one) => [
            one.name,
            one.roles.join(','),
            stateOf(one),
            one.createdBy,
            one.publicKey.slice(0, 60),
          ]),
        ]),
  );
  return 0;
}
