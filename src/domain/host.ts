/** One host of the inventory. Secrets (the private key) are named by path, never held here. */
export interface Host {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** A second management port, tried when the first does not answer (C11). */
  readonly alternatePort?: number;
  readonly user: string;
  readonly identityFile: string;
  /** `ssh-ed25519 AAAA…`; a host without a pinned key is refused (C11). */
  readonly hostKey?: string;
  readonly role: 'host' | 'gateway';
  readonly isolation: 'allowed' | 'approval' | 'never';
  /** What an unconfirmed isolation becomes when its timer runs out (C3). */
  readonly onUnconfirmed: 'disarm' | 'keep';
  /** Named segments the host lies in. */
  readonly segments: readonly string[];
  /** Management prefixes that stay reachable while the host is isolated; canonical text. */
  readonly management: readonly string[];
  /** Name of the gateway that routes for this host, when there is one. */
  readonly gateway?: string;
  /** Where the gateway sees this host: addresses other than `address` (canonical text). */
  readonly serviceAddresses: readonly string[];
  /** What may listen there for others, as `tcp/22`; undefined where nobody has said. */
  readonly listeners?: readonly string[];
  /** A jail of the host's fail2ban that is told of blocked addresses too (C1). */
  readonly fail2banJail?: string;
}

/** A named network behind a gateway (C8). */
export interface Segment {
  readonly name: string;
  readonly gateway: string;
  readonly prefixes: readonly string[];
}
