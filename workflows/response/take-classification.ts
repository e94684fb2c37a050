import { classified } from '../../src/domain/assessment';
import type { ResponseRun } from './run';

/** A person's word on the type stands, whenever it comes before the plan (B5). */
export function takeClassification(run: ResponseRun): void {
  const order = run.orders.classifiedAs;
  if (order === null || run.assessment === null || run.assessment.type === order.type) return;
  run.assessment = classified(run.assessment, order.type, order.by);
}
