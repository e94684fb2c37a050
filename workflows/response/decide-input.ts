import type { OnBehalf } from '../messages';
import type { Authority } from '../../activities';
import type { ResponseRun } from './run';

/** What assessment and plan are derived from: the signed order, and the order by which a person has classified the incident (B3). */
export function decideInput(run: ResponseRun): OnBehalf & { readonly classification?: Authority } {
  const classification = run.orders.classifiedAs?.authority;
  return { ...run.onBehalf, ...(classification === undefined ? {} : { classification }) };
}
