import type { Host, Segment } from './host';
import type { Person } from './notice';
import type { PolicyTable } from './policy';
import type { ProtectedRange, WidthBounds } from './protection';
import { protectedSet } from './protection';
import type { ResponseMode } from './words';

/** How many incidents may be open for one signer and for all of a kind; people and detectors are counted apart (H8). */
export interface OpenBounds {
  readonly perOperator: number;
  readonly operators: number;
  readonly perDetector: number;
  readonly detectors: number;
}

/** What the configuration says about hosts, people and policy; no secrets. */
export interface Site {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly segments: ReadonlyMap<string, Segment>;
  readonly people: readonly Person[];
  /** Never blocked, with what each is (B5); gateways, resolvers, bastions, customers … */
  readonly protectedAddresses: readonly { readonly address: string; readonly label: string }[];
  readonly widths: WidthBounds;
  readonly policy: PolicyTable;
  readonly detectorMaximum: ResponseMode | 'propose';
  readonly openIncidents: OpenBounds;
  readonly emergency:
    { readonly account: string; readonly publicKeys: readonly string[]; readonly from: readonly string[] } | undefined;
  readonly ownAccounts: readonly string[];
  /** IANA name; times are shown in it and in UTC (U3). */
  readonly timeZone: string;
  /** Base of the Temporal UI, without a trailing slash; undefined when there is none. */
  readonly temporalUi: string | undefined;
  readonly namespace: string;
  /** How long evidence is kept after the close and the last seal (E7). */
  readonly evidenceKeptMs: number;
  readonly logs: { readonly maxBytesPerSource: number; readonly lookBackMs: number };
}

/** Link to an incident's workflow in the Temporal UI. */
export function temporalUiLink(site: Pick<Site, 'temporalUi' | 'namespace'>, workflowId: string): string | undefined {
  if (site.temporalUi === undefined) return undefined;
  return `${site.temporalUi}/namespaces/${site.namespace}/workflows/${encodeURIComponent(workflowId)}`;
}

/** The protected set of one incident: the site's, its hosts themselves, and the operator's own address (B5). */
export function protectedFor(
  site: Pick<Site, 'protectedAddresses' | 'hosts'>,
  operatorAddress: string | undefined,
): ProtectedRange[] {
  return protectedSet([
    ...site.protectedAddresses,
    ...(operatorAddress === undefined ? [] : [{ address: operatorAddress, label: 'the operator’s own address' }]),
    ...[...site.hosts.values()].map((host) => ({ address: host.address, label: `inventory host ${host.name}` })),
  ]);
}
