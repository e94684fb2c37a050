import type { ActionKind } from '../src/domain/plan';
import { MODE_BOUNDS } from '../src/domain/policy';
import type { ResponseMode } from '../src/domain/words';

/** Whether a response mode allows a kind of act (B4). */
export function withinMode(mode: ResponseMode, kind: ActionKind): boolean {
  switch (kind) {
    case 'heighten-monitoring':
      return true;
    case 'block-sources':
      return MODE_BOUNDS[mode].block;
    case 'disable-account':
      return MODE_BOUNDS[mode].accounts;
    case 'isolate-host':
    case 'isolate-segment':
    case 'emergency-access':
      return MODE_BOUNDS[mode].isolate;
  }
}
