import type { DisposedBag } from '../../domain/evidence';
import type { SupplementBag } from '../../ports/evidence-store';
import type { ChainRecord } from './format/chain-line';

/** Type of the record that says which collected bytes were deleted; written when they are gone. */
export const DISPOSED_RECORD = 'disposed';

/** What the records of a supplement bag say of the work that fills it. */
export function supplementWork(
  records: readonly ChainRecord[],
): Pick<SupplementBag, 'openedAt' | 'workflows' | 'disposed'> {
  const openedAt = records[0]?.['openedAt'];
  const runs = records.filter(({ type }) => type === 'open' || type === 'resumed');
  const disposed = records.find(({ type }) => type === DISPOSED_RECORD)?.['fields'] as DisposedBag | undefined;
  return {
    openedAt: typeof openedAt === 'string' ? openedAt : '',
    workflows: runs.map(({ workflow }) => String((workflow as { readonly id?: unknown } | undefined)?.id)),
    ...(disposed === undefined ? {} : { disposed }),
  };
}
