import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { OPEN_SEARCH_ATTRIBUTES } from '../../src/domain/queues';

const HIDDEN = 'encrypted';
/** Types whose value says nothing but itself: a flag, a count, a time. */
const BARE_TYPES: readonly string[] = ['Bool', 'Int', 'Double', 'Datetime'];

/**
 * Used beside the payload codec. The server has to read search attributes, so no codec touches them: every text that is not
 * listed as open is replaced, whichever command carries it. The command itself stays, so that histories replay either way.
 */
export function interceptors(): WorkflowInterceptors {
  return {
    internals: [
      {
        concludeActivation: (input, next) => {
          for (const command of input.commands) {
            for (const carrier of [
              command.upsertWorkflowSearchAttributes,
              command.startChildWorkflowExecution,
              command.continueAsNewWorkflowExecution,
            ]) {
              if (carrier?.searchAttributes?.indexedFields) hideTexts(carrier.searchAttributes.indexedFields);
            }
          }
          return next(input);
        },
      },
    ],
  };
}

function hideTexts(fields: Record<string, Payload>): void {
  for (const [name, payload] of Object.entries(fields)) {
    const type = String.fromCharCode(...(payload.metadata?.['type'] ?? []));
    if (OPEN_SEARCH_ATTRIBUTES.includes(name) || BARE_TYPES.includes(type)) continue;
    const hidden = defaultPayloadConverter.toPayload(type === 'KeywordList' ? [HIDDEN] : HIDDEN);
    fields[name] = {
      metadata: { ...hidden?.metadata, ...payload.metadata },
      ...(hidden?.data && { data: hidden.data }),
    };
  }
}
