import type { ResponseLimits } from '../../src/domain/incident';
import { TIME_SHARES } from '../../src/domain/numbers';

export type ShareName = Exclude<keyof typeof TIME_SHARES, 'volatile' | 'volatileCritical' | 'handOver'>;

/** Which limit of the order shortens which share. */
const LIMIT_OF: Readonly<Partial<Record<ShareName, keyof ResponseLimits>>> = {
  humanClassification: 'humanClassificationMs',
  accessControl: 'accessControlMs',
  forcedIsolation: 'forcedIsolationMs',
  logs: 'logsMs',
  alternativeLogs: 'alternativeLogsMs',
};

/**
 * What the steps have used of their time shares. Parts of the flow that split one share draw on the same account, one for each
 * host, so that the sum of all shares stays what `domain/numbers` promises (B7).
 */
export class TimeAccounts {
  private readonly spent = new Map<string, number>();

  constructor(private readonly limits: ResponseLimits) {}

  /** The whole share, milliseconds; limits of the order may only shorten it. */
  share(name: ShareName): number {
    const limit = LIMIT_OF[name];
    const most = limit === undefined ? undefined : this.limits[limit];
    return Math.max(0, Math.min(TIME_SHARES[name], most ?? TIME_SHARES[name]));
  }

  left(name: ShareName, host = ''): number {
    return Math.max(0, this.share(name) - (this.spent.get(`${name}:${host}`) ?? 0));
  }

  spend(name: ShareName, host: string | undefined, ms: number): void {
    const account = `${name}:${host ?? ''}`;
    this.spent.set(account, (this.spent.get(account) ?? 0) + ms);
  }
}
