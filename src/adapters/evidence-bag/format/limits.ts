/**
 * No sealed bag is larger than this. Both verifiers stop at what is larger and call the bag BROKEN (`TOO_LARGE`): a bag comes from
 * strangers, and must not use up the memory of the one who checks it. The store refuses to write what they would refuse to read.
 */
export const BAG_LIMITS = {
  /** Bytes of one line of the chain or of a manifest, with its LF. */
  lineBytes: 16 * 1024 * 1024,
  /** Bytes of `README.md`, `bag-info.txt`, `bagit.txt`, the checkpoint and `verify.py`, each. */
  smallBytes: 1024 * 1024,
  /** Bytes of the chain and of each manifest. */
  tagBytes: 256 * 1024 * 1024,
  /** Bytes of the text of one program that ran on a host. */
  programBytes: 1024 * 1024,
  /** Different programs that records name. */
  programs: 1_000,
  /** Lines of the chain. */
  records: 250_000,
  /** Files and directories in the bag. */
  entries: 500_000,
  /** Directories in each other. */
  depth: 32,
} as const;
