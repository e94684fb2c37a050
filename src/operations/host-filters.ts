import type { HostFacts } from '../ports/containment';

type Filters = Pick<HostFacts, 'filters' | 'unfiltered'>;

/** The packet filters of a host, best first, each with what it does not hold there; empty when there is none. */
export function filtersInWords({ filters, unfiltered }: Filters): string {
  const named = filters.map((filter) => {
    const gaps = unfiltered.filter((gap) => gap.filter === filter);
    const words = gaps.map(({ family, why }) =>
      why === 'kernel' ? `the host does not speak ${family}` : `the tools for ${family} do not work`,
    );
    return words.length === 0 ? filter : `${filter} (${words.join(', ')})`;
  });
  return named.join(' > ');
}

/** What the best filter of a host does not hold although the host can be reached by it; undefined when there is nothing. */
export function filterGap({ filters, unfiltered }: Filters): string | undefined {
  const gap = unfiltered.find(({ filter, why }) => filter === filters[0] && why === 'tools');
  return gap && `${gap.filter} blocks no ${gap.family} addresses there: the tools for ${gap.family} do not work`;
}
