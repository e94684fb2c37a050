import { sleep } from '@temporalio/workflow';
import { RETRIES } from '../../src/domain/numbers';
import { notify } from '../lib/activities';

/**
 * Tells the security team that an operator has recovered; outlives the order, for which somebody waits.
 * @returns ids of the people whom no means has reached
 */
export async function recoveryNotice({ grantId }: { readonly grantId: string }): Promise<readonly string[]> {
  const { retries, intervalMs } = RETRIES.notification;
  let missed = await notify.tellOfRecovery('Tell that an operator has recovered', { grantId, round: 1 });
  for (let round = 2; missed.length > 0 && round <= retries + 1; round += 1) {
    await sleep(intervalMs);
    missed = await notify.tellOfRecovery('Tell whom nothing has reached', { grantId, only: missed, round });
  }
  return missed;
}
