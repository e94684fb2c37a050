import { FirebreakError } from '../../domain/errors';
import type { Handover } from '../../operations/enrol';
import {
  changeOperator,
  makeRecoveryCodes,
  type OperatorChanged,
  type PlainChange,
  recoverOperator,
  rolesInOrder,
  rotateOperator,
  type SecretChanged,
} from '../../operations/change-operator';
import { stillObeyedBy, stillObeysInWords } from '../../operations/host-orders';
import { refuseUnknownOperator } from '../../operations/known-names';
import { ask } from '../ask';
import type { CommandContext, PersonOptions } from '../context';
import { credentialsOf, readBounded } from '../context';
import { readPublicKey, rolesFrom, sayUnrecorded, showSecret } from './operator';

interface ReasonFlags extends PersonOptions {
  readonly reason: string;
}

/** A recovery code is 20 letters with dashes. */
const CODE_BYTES = 200;

const DONE = {
  'operator-disable': 'is disabled: no order of that person counts, under running incidents either',
  'operator-enable': 'is enabled again',
  'operator-unlock': 'is unlocked',
  'operator-roles': 'has the roles',
} as const;

async function credentials(context: CommandContext, name: string, flags: PersonOptions) {
  const { operations } = await context.firebreak();
  return credentialsOf(context, flags, () => refuseUnknownOperator(operations, { path: 'name', name }));
}

async function handover(): Promise<Handover> {
  const { makeHandover } = await import('../../composition/enrolling.js');
  return makeHandover();
}

async function carryOut(context: CommandContext, order: PlainChange, flags: PersonOptions): Promise<number> {
  const { operations } = await context.firebreak();
  const done = await changeOperator(operations, await credentials(context, order.operator, flags), order);
  sayUnrecorded(context, done);
  const roles = order.action === 'operator-roles' ? order.roles.split(',') : undefined;
  // A host has a list of its own, and asks nobody whether the person on it is disabled.
  const stillObeyed = order.action === 'operator-disable' ? await stillObeyedBy(operations, order.operator) : undefined;
  const change = order.action.replace('operator-', '');
  context.output.result(
    { operator: order.operator, change, ...(roles && { roles }), ...(stillObeyed && { stillObeyed }) },
    [
      `${order.operator} ${DONE[order.action]}${roles === undefined ? '' : ` ${roles.join(', ')}`}`,
      ...(stillObeyed ?? []).map((one) => stillObeysInWords(one, order.operator)),
    ],
  );
  return 0;
}

export function operatorDisableCommand(context: CommandContext, name: string, flags: ReasonFlags): Promise<number> {
  return carryOut(context, { action: 'operator-disable', operator: name, reason: flags.reason }, flags);
}

export function operatorEnableCommand(context: CommandContext, name: string, flags: ReasonFlags): Promise<number> {
  return carryOut(context, { action: 'operator-enable', operator: name, reason: flags.reason }, flags);
}

export function operatorRolesCommand(
  context: CommandContext,
  name: string,
  flags: ReasonFlags & { readonly role: readonly string[] },
): Promise<number> {
  const roles = rolesInOrder(rolesFrom(flags.role));
  return carryOut(context, { action: 'operator-roles', operator: name, roles, reason: flags.reason }, flags);
}

export async function operatorUnlockCommand(
  context: CommandContext,
  name: string,
  flags: ReasonFlags & { readonly recovery?: boolean },
): Promise<number> {
  if (flags.recovery === true) return recover(context, name, flags);
  return carryOut(context, { action: 'operator-unlock', operator: name, reason: flags.reason }, flags);
}

/** The person themself, with their key and a code from paper. */
async function recover(context: CommandContext, name: string, flags: ReasonFlags): Promise<number> {
  if (flags.operator !== undefined && flags.operator !== name)
    throw new FirebreakError('BAD_INPUT', `A recovery is signed by ${name}, and by nobody else.`);
  if (flags.otp !== undefined)
    throw new FirebreakError('BAD_INPUT', 'A recovery takes a recovery code, which is asked for, and no --otp.');
  const { operations } = await context.firebreak();
  // No TOTP code is asked for, and the code is no flag: whoever lists the processes must not read it.
  const person = await credentialsOf(context, { ...flags, operator: name, otp: '' });
  const { normalRecovery } = await import('../../composition/enrolling.js');
  const typed =
    process.stdin.isTTY && process.stderr.isTTY
      ? await ask(`Recovery code of ${name}: `)
      : (await readBounded('-', CODE_BYTES)).toString('utf8');
  const done = await recoverOperator(
    operations,
    { ...person, otp: normalRecovery(typed) },
    flags.reason,
    await handover(),
  );
  return shown(
    context,
    name,
    done,
    'is unlocked. The recovery code is used up. What the authenticator has shown so far counts no more.',
  );
}

export async function operatorRotateCommand(
  context: CommandContext,
  name: string,
  flags: ReasonFlags & { readonly key?: string },
): Promise<number> {
  const publicKey = flags.key === undefined ? undefined : await readPublicKey(flags.key);
  const { operations, config } = await context.firebreak();
  const person = await credentials(context, name, flags);
  const done = await rotateOperator(
    operations,
    person,
    { operator: name, publicKey, reason: flags.reason },
    await handover(),
  );
  if (publicKey !== undefined && config.signers[name] !== undefined)
    context.output.say(
      `Hosts obey the old key of ${name} until you put \`${name}: ${publicKey}\` under \`signers\` in the configuration and run \`firebreak host setup\` for each host.`,
    );
  return shown(context, name, done, 'has new factors. Recovery codes made before count no more.');
}

function shown(context: CommandContext, name: string, done: SecretChanged, words: string): number {
  sayUnrecorded(context, done);
  context.output.say(`${name} ${words}`);
  showSecret(context, done.otpauth);
  const otpauth = done.otpauth === '' ? null : done.otpauth;
  context.output.result({ operator: name, otpauth }, otpauth === null ? [] : [otpauth]);
  return 0;
}

export async function operatorRecoveryCodesCommand(context: CommandContext, flags: PersonOptions): Promise<number> {
  const { operations } = await context.firebreak();
  const person = await credentialsOf(context, flags);
  const made: OperatorChanged & { readonly codes: readonly string[] } = await makeRecoveryCodes(
    operations,
    person,
    await handover(),
  );
  sayUnrecorded(context, made);
  context.output.say(
    `Print these, keep them apart from the key, and from this machine. Each works once: firebreak operator unlock ${person.operator} --recovery. They are not shown again, and earlier ones count no more.`,
  );
  context.output.result({ operator: person.operator, codes: made.codes }, made.codes);
  return 0;
}
