import { readFile } from 'node:fs/promises';
import {
  neededPrograms,
  HOST_PROGRAMS,
  HOST_RESTORERS,
  emergencyListOf,
  hostSetup,
  managementOf,
  signersOf,
} from '../../composition/host-programs';
import { siteOf } from '../../config/site';
import { sha256Hex } from '../../domain/hash';
import { unknownWord } from '../../domain/nearest';
import { ERRORS, FirebreakError, ensureFirebreakError } from '../../domain/errors';
import { journalFault, limitInWords, staleList } from '../../operations/doctor-hosts';
import { collectionFaults, trialReading } from '../../operations/host-collection';
import { filterGap, filtersInWords } from '../../operations/host-filters';
import { orderFaults } from '../../operations/host-orders';
import { lookingOnly } from '../../operations/looking-only';
import type { Host } from '../../domain/host';
import type { Site } from '../../domain/site';
import { refuseUnknown } from '../../operations/known-names';
import type { CommandContext } from '../context';
import { withSignOfLife } from '../sign-of-life';
import { paint, table } from '../output';

/** A trial reading may take this long; milliseconds. */
const READING_MS = 10_000;

export function hostListCommand(context: CommandContext): Promise<number> {
  const hosts = [...siteOf(context.loaded().config).hosts.values()];
  context.output.result(
    hosts,
    hosts.length === 0
      ? ['the inventory is empty: firebreak host add NAME --address ADDRESS --management PREFIX']
      : table([
          ['HOST', 'ADDRESS', 'ROLE', 'ISOLATION', 'GATEWAY', 'KEY'],
          ...hosts.map((host) => [
            host.name,
            `${host.address}:${host.port}`,
            host.role,
            host.isolation,
            host.gateway ?? '-',
            host.hostKey === undefined ? 'NOT PINNED' : 'pinned',
          ]),
        ]),
  );
  return Promise.resolve(0);
}

export async function hostCheckCommand(context: CommandContext, names: readonly string[]): Promise<number> {
  const { site, operations } = await context.firebreak();
  const operators = await operations.operators.list().catch(() => undefined);
  const wantsEmergency = site.emergency !== undefined;
  const wanted = names.length === 0 ? [...site.hosts.values()] : names.map((name) => hostNamed(site, name));
  const checking = Promise.all(
    wanted.map(async (host) => {
      const { name } = host;
      try {
        const signal = AbortSignal.timeout(30_000);
        const facts = await operations.inspector.facts(host, lookingOnly(signal));
        const stale = staleList(facts, neededPrograms());
        const journal = journalFault(facts);
        const error =
          facts.filters.length === 0
            ? 'UNSUPPORTED_HOST'
            : stale !== undefined
              ? 'HOST_SCRIPT_REFUSED'
              : journal !== undefined
                ? 'HOST_JOURNAL_UNWRITABLE'
                : null;
        const reading = stale === undefined ? await trialReading(operations.collector, host, READING_MS, signal) : {};
        const faults = [stale, journal].filter((fault) => fault !== undefined);
        const warnings = [
          filterGap(facts),
          ...orderFaults({ host: name, facts, wantsEmergency, operators }),
          limitInWords(facts),
          ...collectionFaults(reading),
        ].filter((warning) => warning !== undefined);
        return {
          host: name,
          ok: error === null,
          error,
          detail: faults.join('; '),
          warnings: [...faults, ...facts.unread, ...warnings],
          facts,
        };
      } catch (thrown) {
        const error = ensureFirebreakError(thrown);
        return {
          host: name,
          ok: false,
          error: error.code,
          detail: `${error.message} → ${ERRORS[error.code].hint}`,
          warnings: [],
          facts: null,
        };
      }
    }),
  );
  const checked = await withSignOfLife(context, `asking ${wanted.map(({ name }) => name).join(', ')}`, checking);
  context.output.result(
    checked,
    checked.flatMap((one) =>
      one.facts === null
        ? [`${paint('red', 'FAIL')}  ${one.host}  ${one.error ?? ''}: ${one.detail}`]
        : [
            `${paint(one.ok ? 'green' : 'red', one.ok ? 'ok  ' : 'FAIL')}  ${one.host}  ${one.facts.os}, ${filtersInWords(one.facts) || 'NO PACKET FILTER'}, clock ${one.facts.clockOffsetMs} ms off, load ${one.facts.load.toFixed(2)}, ${one.facts.blocks.length} blocks${one.facts.isolated ? ', ISOLATED' : ''}${one.facts.keepsEnds ? '' : ', KEEPS NO ENDS: run host setup again'}`,
            ...one.warnings.map((warning) => `${paint('yellow', 'warn')}  ${one.host}  ${warning}`),
          ],
    ),
  );
  return checked.every((one) => one.ok) ? 0 : 5;
}

/** @throws FirebreakError UNKNOWN_HOST with the nearest name */
export function hostNamed({ hosts }: Pick<Site, 'hosts'>, name: string, path = 'name'): Host {
  refuseUnknown('host', [{ path, name }], hosts.keys());
  const host = hosts.get(name);
  if (host === undefined) throw new FirebreakError('UNKNOWN_HOST', name);
  return host;
}

export interface HostSetupFlags {
  readonly from: readonly string[];
  readonly fromAnywhere?: boolean;
}

/** For one host of the inventory: what its root lets in depends on the host. */
export async function hostSetupCommand(context: CommandContext, name: string, flags: HostSetupFlags): Promise<number> {
  const { config } = context.loaded();
  const site = siteOf(config);
  const host = hostNamed(site, name);
  if ((flags.from.length === 0) !== (flags.fromAnywhere === true))
    throw new FirebreakError(
      'BAD_INPUT',
      'Say where Firebreak’s key is good from: --from PREFIX for each address of this server, or --from-anywhere.',
    );
  if (flags.fromAnywhere === true)
    context.output.say(
      `${name}: Firebreak’s key will be good from ANY address. Whoever steals it can use it from anywhere.`,
    );
  const emergency = emergencyListOf(config.emergencyAccess, host.management);
  if (emergency === undefined)
    context.output.say(`${name}: no emergencyAccess is configured, so no order can make an emergency account there.`);
  const signers = signersOf(config.signers);
  if (signers.length === 0)
    context.output.say(
      `${name}: no signers are configured. No order can undo there what Firebreak has done, before its time is over.`,
    );
  const publicKey = await readFile(`${config.ssh.identityFile}.pub`, 'utf8').catch(() => {
    throw new FirebreakError(
      'CONFIG_INVALID',
      `${config.ssh.identityFile}.pub cannot be read; make the key with ssh-keygen -t ed25519 -f ${config.ssh.identityFile}.`,
    );
  });
  const script = hostSetup({
    name,
    signers,
    publicKey: publicKey.trim(),
    from: flags.fromAnywhere === true ? 'anywhere' : flags.from,
    management: managementOf(host, site.hosts.values()),
    emergency,
    user: host.user,
  });
  // As it is, to the byte: its digests are what the host's gate compares.
  if (context.output.json) context.output.result({ script }, []);
  else await context.output.document(`${script.trimEnd()}\n`);
  return 0;
}

/**
 * Prints the programs that hosts run, or one of them: the very text whose SHA-256 is in the hosts' allow lists (H3).
 *
 * @throws FirebreakError BAD_INPUT for a name or digest that no program of this version has
 */
export async function hostProgramsCommand(context: CommandContext, wanted: string | undefined): Promise<number> {
  const programs = [
    ...HOST_PROGRAMS.map((program) => ({ ...program, runs: 'by an act' })),
    ...HOST_RESTORERS.map((program) => ({ ...program, runs: 'at boot' })),
  ].map(({ name, text, runs }) => ({ name, sha256: sha256Hex(text), bytes: Buffer.byteLength(text), runs, text }));
  if (wanted === undefined) {
    const listed = programs.map(({ name, sha256, bytes, runs }) => ({ name, sha256, bytes, runs }));
    context.output.result(
      listed,
      table([
        ['PROGRAM', 'SHA-256', 'BYTES', 'RUNS'],
        ...listed.map(({ name, sha256, bytes, runs }) => [name, sha256, String(bytes), runs]),
      ]),
    );
    return 0;
  }
  const found = programs.find(({ name, sha256 }) => name === wanted || sha256 === wanted.toLowerCase());
  if (found === undefined) {
    const names = programs.map(({ name }) => name);
    throw new FirebreakError(
      'BAD_INPUT',
      `${unknownWord('program', wanted, names) ?? ''} \`firebreak host programs\` lists them.`,
    );
  }
  if (context.output.json) context.output.result(found, []);
  else await context.output.document(`${found.text.trimEnd()}\n`);
  return 0;
}
