import { join } from 'node:path';
import type { DataConverter, PayloadCodec } from '@temporalio/common';

/** Modules that run inside the workflows' sandbox when payloads are encrypted. @param root folder that holds `workflows/` */
export function encryptedModules(root: string): {
  readonly failureConverterPath: string;
  workflowInterceptorModules: string[];
} {
  return {
    failureConverterPath: join(root, 'workflows', 'encrypted', 'failure-converter'),
    workflowInterceptorModules: [join(root, 'workflows', 'encrypted', 'search-attributes')],
  };
}

/** Everything that leaves for the server goes through the codec, texts of failures included. */
export function encryptedConverter(codec: PayloadCodec): DataConverter {
  const { failureConverterPath } = encryptedModules(join(__dirname, '..'));
  return { payloadCodecs: [codec], failureConverterPath };
}
