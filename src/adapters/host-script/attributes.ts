import { shellPart } from './host-script';

/** Shell functions: attributes that keep even root from changing a file (`chattr +i`, `+a`), taken off, noted and put back. */
export const ATTRIBUTES = shellPart(__dirname, 'attributes.sh');
