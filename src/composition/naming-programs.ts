import type { NotingHostShell } from '../adapters/host-guard/noting-host-shell';
import type { ActionResult } from '../domain/plan';
import type { BlockLifter, ContainmentDriver, ForcedIsolation } from '../ports/containment';

interface Containment {
  readonly containment: ContainmentDriver;
  readonly lifter: BlockLifter;
  readonly forced: ForcedIsolation;
}

/** The same acts; their results name the programs that ran on hosts, so that the evidence does (E4). */
export function namingPrograms({ containment, lifter, forced }: Containment, shell: NotingHostShell): Containment {
  const named =
    <Given extends readonly unknown[]>(act: (...given: Given) => Promise<ActionResult>) =>
    async (...given: Given): Promise<ActionResult> => {
      const { value, programs } = await shell.naming(() => act(...given));
      return { ...value, programs };
    };
  return {
    containment: {
      kinds: containment.kinds,
      perform: named((...given) => containment.perform(...given)),
      verify: named((...given) => containment.verify(...given)),
      reassert: named((...given) => containment.reassert(...given)),
      undo: named((...given) => containment.undo(...given)),
    },
    lifter: {
      lift: async (...given) => {
        const { value, programs } = await shell.naming(() => lifter.lift(...given));
        return { ...value, result: { ...value.result, programs } };
      },
    },
    forced: {
      stage: (...given) => forced.stage(...given),
      force: named((...given) => forced.force(...given)),
      verify: named((...given) => forced.verify(...given)),
      reassert: named((...given) => forced.reassert(...given)),
      lift: named((...given) => forced.lift(...given)),
    },
  };
}
