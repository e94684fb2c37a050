export { scanHostKey } from '../adapters/ssh/scan-host-key';
