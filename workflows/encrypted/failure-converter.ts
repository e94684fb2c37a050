import { DefaultFailureConverter } from '@temporalio/common';

/** Used beside the payload codec: messages and stack traces of failures become payloads, which the codec encrypts (H5). */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
