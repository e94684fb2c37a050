import { configurationPage } from './configuration-page';
import { errorsPage } from './errors-page';
import { policyPage } from './policy-page';

/** The pages below docs/ that are made from the code, by file name. */
export function referencePages(): Readonly<Record<string, string>> {
  return { 'configuration.md': configurationPage(), 'errors.md': errorsPage(), 'policy.md': policyPage() };
}
