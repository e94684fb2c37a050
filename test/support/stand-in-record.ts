import type { ActOutput, PlanSummary, RecalledResponse } from '../../activities';
import type { Assessment } from '../../src/domain/assessment';
import type { SealedBag } from '../../src/domain/evidence';
import type { WrittenReport } from '../../src/domain/report';
import type { SecurityReading } from '../../src/domain/security-state';
import type { ActivityName } from './mock-activities';

/** What the tables and the bag hold of one incident: written by the stand-ins' work, read back by `recallResponse`. */
export class StandInRecord {
  private record: RecalledResponse = {
    assessment: null,
    plan: null,
    results: [],
    readingsBefore: [],
    preserved: { volatile: [], logs: [] },
    bag: null,
    report: null,
  };

  get recalled(): RecalledResponse {
    return this.record;
  }

  /** Takes what an activity came to. */
  take(name: ActivityName, input: Record<string, unknown>, output: unknown): void {
    const { results, readingsBefore, preserved } = this.record;
    const host = String(input['host']);
    switch (name) {
      case 'assessIncident':
        return this.keep({ assessment: output as Assessment });
      case 'decidePlan':
        return this.keep({ plan: output as PlanSummary });
      case 'performAction':
      case 'forceIsolation':
        if (output !== undefined) this.keep({ results: [...results, (output as ActOutput).result] });
        return;
      case 'takeReading':
        if (input['stage'] === 'before') this.keep({ readingsBefore: [...readingsBefore, output as SecurityReading] });
        return;
      case 'captureVolatile':
        return this.keep({ preserved: { ...preserved, volatile: [...preserved.volatile, host] } });
      case 'collectLogs':
      case 'collectAlternative':
        // What is collected beside a question does not stand for the ordinary collection.
        if (input['early'] !== true) this.keep({ preserved: { ...preserved, logs: [...preserved.logs, host] } });
        return;
      case 'sealBag':
        return this.keep({ bag: output as SealedBag });
      case 'writeReport':
        return this.keep({ report: output as WrittenReport });
      default:
    }
  }

  private keep(more: Partial<RecalledResponse>): void {
    this.record = { ...this.record, ...more };
  }
}
