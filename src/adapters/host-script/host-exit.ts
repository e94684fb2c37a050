/** Exit codes that host scripts and the gate agree on (sysexits.h where it has a word for it). */
export const HOST_EXIT = {
  ok: 0,
  /** Malformed header or data. */
  usage: 64,
  /** The action id was used for another plan before, or its names in the kernel belong to another act. */
  otherPlan: 66,
  /** The host lacks what the script needs. */
  unsupported: 69,
  /** The change failed; nothing is half done. */
  failed: 70,
  /** Neither the disk nor the memory of the host takes the journal. */
  io: 74,
  /** Another act holds the host. Gate: too many requests lie there, or this one does not come. */
  busy: 75,
  /** Gate: the host cannot check the order that the program needs. */
  orderUnchecked: 95,
  /** Gate: no signed order covers what the program would do. */
  orderRefused: 96,
  /** Gate: the script is not in the allow list. */
  scriptRefused: 97,
  /** Gate: the request is malformed, or the script arrived damaged. */
  gateRequest: 98,
  /** Gate: the host cannot run scripts at all. */
  gateBroken: 99,
} as const;
