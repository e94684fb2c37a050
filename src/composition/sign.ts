import { readFileSync } from 'node:fs';
import { signRequest } from '../adapters/authorisation/sign-request';

/**
 * Signs a text with an operator's SSH key. @param identity path of a private key, or of a public key whose other half ssh-agent holds
 * @throws FirebreakError NOT_AUTHORISED
 */
export function signWith(identity: string): (text: string) => Promise<string> {
  return (text) => {
    const isPublic = identity.endsWith('.pub');
    return signRequest(text, isPublic ? { agentKey: readFileSync(identity, 'utf8') } : { identityFile: identity });
  };
}
