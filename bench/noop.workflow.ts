import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '60 s' });

/** The floor: a workflow that does nothing, one activity after the other. */
export async function noop(activities: number): Promise<void> {
  for (let done = 0; done < activities; done += 1) await nothing();
}
