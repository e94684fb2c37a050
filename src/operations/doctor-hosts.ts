import { parseRange } from '../domain/addresses';
import type { Host } from '../domain/host';
import type { HostReading } from '../domain/security-state';
import type { HostFacts } from '../ports/containment';
import type { OperationsDeps } from './deps';
import type { Check, DoctorCheck } from './doctor-check';
import { collectionFaults, trialReading } from './host-collection';
import { filterGap, filtersInWords } from './host-filters';
import { orderFaults, signerFaults } from './host-orders';
import { lookingOnly } from './looking-only';

const CLOCK_SKEW_MS = 2_000;
/** A trial reading may take this long, so that it ends before the check does; milliseconds. */
const READING_MS = 7_000;

/** A program that an incident may run on a host. */
export interface NeededProgram {
  readonly name: string;
  readonly sha256: string;
}

/** Each is asked once; a host that contains and does not obey a release is a warning. */
export async function lookAtHosts(
  deps: Pick<OperationsDeps, 'operators' | 'site' | 'inspector' | 'collector'>,
  check: Check,
  programs: readonly NeededProgram[],
): Promise<DoctorCheck[]> {
  const enrolled = deps.operators.list().catch(() => undefined);
  const checks = await Promise.all(
    [...deps.site.hosts.values()].map(async (host) => {
      let seen: HostFacts | undefined;
      const stands = await check(`host ${host.name}`, true, async (signal) => {
        seen = await deps.inspector.facts(host, lookingOnly(signal));
        return hostInWords(seen, programs);
      });
      const facts = seen;
      const named = addressIsName(host)
        ? [await check(`address of ${host.name}`, false, () => Promise.reject(NAMED))]
        : [];
      if (facts === undefined) return [stands, ...named];
      const wantsEmergency = deps.site.emergency !== undefined;
      const obeys = await check(`orders that ${host.name} obeys`, false, async () => {
        const faults = orderFaults({ host: host.name, facts, wantsEmergency, operators: await enrolled });
        if (faults.length > 0) throw new Error(faults.join('; '));
        return `signed by ${facts.orders.signers.map(({ name }) => name).join(', ')}`;
      });
      // Whoever is obeyed there without being enrolled can open the host: that is no mere warning.
      const signers = await check(`signers of ${host.name}`, true, async () => {
        const operators = await enrolled;
        if (operators === undefined) throw new Error('the tables cannot say who is enrolled');
        const faults = signerFaults({ host: host.name, facts, operators });
        if (faults.length > 0) throw new Error(faults.join('; '));
        return `${facts.orders.signers.length}, all enrolled`;
      });
      const lets = await check(`new connections to ${host.name}`, false, async () => {
        const limit = limitInWords(facts);
        return limit === undefined ? Promise.resolve('no limit found') : Promise.reject(new Error(limit));
      });
      let reading: HostReading | undefined;
      const collects = await check(`collection from ${host.name}`, true, async (signal) => {
        reading = await trialReading(deps.collector, host, READING_MS, signal);
        return 'answers';
      });
      const faults = reading === undefined ? [] : collectionFaults(reading);
      if (faults.length === 0) return [stands, obeys, signers, lets, collects, ...named];
      const lacks = await check(`what ${host.name} would not tell`, false, () =>
        Promise.reject(new Error(faults.join('; '))),
      );
      return [stands, obeys, signers, lets, collects, lacks, ...named];
    }),
  );
  return checks.flat();
}

/** What a name costs: nothing knows which addresses it stands for when an incident begins. */
const NAMED = new Error(
  'its address is a name: blocks do not spare it, and no gateway can cut it off. Put its addresses into serviceAddresses',
);

function addressIsName({ address, serviceAddresses }: Host): boolean {
  return [address, ...serviceAddresses].every((text) => parseRange(text) === undefined);
}

function hostInWords(facts: HostFacts, programs: readonly NeededProgram[]): string {
  if (facts.filters.length === 0) throw new Error('no packet filter: install nftables');
  if (Math.abs(facts.clockOffsetMs) > CLOCK_SKEW_MS) throw new Error(`its clock is ${facts.clockOffsetMs} ms off`);
  if (!facts.keepsEnds) throw new Error(`it would end no control by itself: firebreak host setup ${facts.host}`);
  const journal = journalFault(facts);
  if (journal !== undefined) throw new Error(journal);
  const stale = staleList(facts, programs);
  if (stale !== undefined) throw new Error(stale);
  const gap = filterGap(facts);
  if (gap !== undefined) throw new Error(gap);
  return [`${filtersInWords(facts)}, clock ${facts.clockOffsetMs} ms off`, ...facts.unread].join('; ');
}

/** What an incident would find of the host's disk. @returns undefined when acts are journalled there as they should be */
export function journalFault({ host, journal }: Pick<HostFacts, 'host' | 'journal'>): string | undefined {
  if (journal === 'disk') return undefined;
  const rest =
    journal === 'memory'
      ? 'acts would be journalled in memory (/run), and a reboot would lose them'
      : 'nor does /run, so nothing could be done there';
  return `HOST_JOURNAL_UNWRITABLE: the disk under /var/lib/firebreak takes no journal, ${rest}. Make room there or mount it writable, then: firebreak host check ${host}`;
}

/** Rules of the host that may turn Firebreak away in an incident. @returns undefined when none was found */
export function limitInWords({
  host,
  connectionLimits,
}: Pick<HostFacts, 'host' | 'connectionLimits'>): string | undefined {
  const [first] = connectionLimits;
  if (first === undefined) return undefined;
  const more = connectionLimits.length === 1 ? '' : ` and ${connectionLimits.length - 1} more`;
  return `${host} limits new SSH connections (${first}${more}): let this server's addresses pass before that rule, or an incident may wait for a ban to end`;
}

/** What an incident would find refused there (C11). @returns undefined when the gate lets every program in */
export function staleList(
  { host, allows }: Pick<HostFacts, 'host' | 'allows'>,
  programs: readonly NeededProgram[],
): string | undefined {
  const lacks = programs.filter(({ sha256 }) => !allows.includes(sha256)).map(({ name }) => name);
  if (lacks.length === 0) return undefined;
  const named = `${lacks.slice(0, 3).join(', ')}${lacks.length > 3 ? ', …' : ''}`;
  return `its gate refuses ${lacks.length} of the ${programs.length} programs of this version (${named}): firebreak host setup ${host}`;
}
