import { FirebreakError } from '../../domain/errors';
import type { HostInspector } from '../../ports/containment';
import type { HostShell } from '../../ports/host-shell';
import { hostScript } from './host-script';

export const FACTS_SCRIPT = hostScript('facts', 'true\n');
export class HostFactsInspector implements HostInspector {
  constructor(readonly shell: HostShell) {}
  facts = () => Promise.reject(new FirebreakError('UNSUPPORTED_HOST'));
}
