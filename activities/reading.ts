import { blockDrift } from '../src/domain/drift';
import type { Host } from '../src/domain/host';
import type { IncidentId } from '../src/domain/ids';
import type { SecurityReading } from '../src/domain/security-state';
import { droppedPerMinute, unexpectedOf } from '../src/domain/security-state';
import type { Effects, GuardedDeps } from './guarded';
import { letGo } from './wanted';
import { watchedOn } from './watched';

/** A look at the security state of one host may take this long; milliseconds. */
const LOOK_MS = 10_000;

/**
 * The security state of one host, as it is kept and compared (B13): the attacker is who is still meant to be cut off.
 *
 * @param drift controls that are wanted there and not in force
 * @throws FirebreakError the codes of HostShell, DATABASE_UNREACHABLE
 */
export async function readSecurity(
  deps: GuardedDeps,
  { collector, responses }: Effects,
  { incident, host, stage, drift }: Looked,
  signal: AbortSignal,
): Promise<SecurityReading> {
  const { accounts, sources } = await watchedOn(deps, incident, host.name);
  const gone = (await letGo(deps, incident)).filter((row) => row.host === host.name).map(({ target }) => target);
  const attackers = { accounts, sources: sources.filter((source) => !gone.includes(source)) };
  const context = { signal, budgetMs: LOOK_MS, onProgress: () => undefined };
  const seen = await collector.reading(host, attackers, context);
  const [{ before }, latest] = await Promise.all([
    deps.responses.readings(incident),
    deps.responses.latestReadings(incident),
  ]);
  const isOfHost = (reading: SecurityReading): boolean => reading.host === host.name;
  const first = before.find(isOfHost);
  const rate = droppedPerMinute(latest.find(isOfHost), seen);
  const unexpectedListeners = unexpectedOf(seen.listeners, host.listeners, first);
  const reading: SecurityReading = {
    ...seen,
    ...(rate === undefined ? {} : { droppedPerMinute: rate }),
    unexpectedListeners,
    drift,
  };
  await responses.recordReading(incident, stage, reading);
  return reading;
}

/**
 * Blocks of the incident that the host should hold by the tables and does not.
 *
 * @param afterActs the host is asked over a connection that is opened now, after its last act (C2)
 * @throws FirebreakError as `readSecurity` does
 */
export async function missingBlocks(
  { controls }: Pick<GuardedDeps, 'controls'>,
  { inspector }: Effects,
  incident: IncidentId,
  host: Host,
  signal: AbortSignal,
  afterActs = false,
): Promise<number> {
  const wanted = (await controls.active({ incident })).filter((row) => row.host === host.name);
  if (!wanted.some(({ kind }) => kind === 'block-sources' || (afterActs && kind !== 'forced-isolation'))) return 0;
  const context = { incident, attempt: 1, signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]) };
  const { blocks } = await inspector.facts(host, { ...context, onProgress: () => undefined }, afterActs);
  return blockDrift(host.name, wanted, blocks).filter(({ kind }) => kind === 'wanted-but-missing').length;
}

interface Looked {
  readonly incident: IncidentId;
  readonly host: Host;
  readonly stage: 'before' | 'after' | 'watch';
  readonly drift: number;
}
