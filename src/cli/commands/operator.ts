import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import type { OperatorRole } from '../../domain/order';
import { OPERATOR_ROLES } from '../../domain/order';
import { nearest } from '../../domain/nearest';
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
  const { operations } = await context.firebreak();
  const uri =
    flags.bootstrap === true
      ? await operations.operators.bootstrap({ name, publicKey, roles })
      : await enrol(context, { name, publicKey, roles }, flags);
  await operations.ledger.append([
    {
      key: `operator-add:${name}:${createHash('sha256').update(uri).digest('hex').slice(0, 16)}`,
      level: 'AUDIT',
      actor: flags.bootstrap === true ? 'bootstrap' : (flags.operator ?? process.env['FIREBREAK_OPERATOR'] ?? ''),
      stage: 'event',
      action: 'operator.add',
      subject: name,
      result: roles.join(','),
      at: operations.now().toISOString(),
    },
  ]);
  context.output.say(
    `${name} is enrolled as ${roles.join(', ')}. Put this into the authenticator now; it is not shown again:`,
  );
  context.output.result({ operator: name, roles, otpauth: uri }, [uri]);
  return 0;
}

async function enrol(
  context: CommandContext,
  operator: { readonly name: string; readonly publicKey: string; readonly roles: readonly OperatorRole[] },
  flags: PersonOptions,
): Promise<string> {
  const { operations } = await context.firebreak();
  const credentials = await credentialsOf(flags);
  const order = {
    action: 'operator-add',
    operator: operator.name,
    publicKey: operator.publicKey,
    roles: operator.roles.join(','),
  } as const;
  const grantId = await depositGrant(operations, credentials, order);
  const signed = await operations.authorisation.verify(grantId, order, `operator-add:${operator.name}`);
  return operations.operators.add(operator, signed.operator);
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
