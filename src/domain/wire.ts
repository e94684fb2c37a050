/** What one end of a TLS connection needs; the texts are PEM. */
export interface TlsMaterial {
  /** The name that the server's certificate must bear; default: the host that is connected to. */
  readonly serverName?: string;
  /** Certificates that the server's must come from; default: those of the system. */
  readonly ca?: string;
  /** Our certificate and its key: both or none. */
  readonly cert?: string;
  readonly key?: string;
}

/** How a database server is reached, beside its address. */
export interface DatabaseWire {
  readonly tls?: TlsMaterial;
  /** Connect without TLS to another machine. Default: false. */
  readonly allowPlaintext?: boolean;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|\/.*)$/i;

/** The host is this machine: a loopback address, `localhost`, or the directory of a Unix socket. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
