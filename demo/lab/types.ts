/** A Debian host to be booted in the lab. */
export interface LabHostSpec {
  /** Lower-case letters, digits and inner hyphens, at most 20 characters, unique in the lab; not `outside` or `switch`. */
  readonly name: string;
  /** `host` sits on the segment; `gateway` (at most one) routes between the segment and the outside. */
  readonly role: 'host' | 'gateway';
  /** Size of a disk of its own, at least 64 MiB, kept in memory; only such a disk can be filled. Default: the machine's disk. */
  readonly diskMiB?: number;
}

/** Receives what is being done, a line at a time, in an operator's words. */
export type LabLog = (line: string) => void;

export interface LabOptions {
  /** One to six lower-case letters and digits, part of every resource's name (`fbl-ID-…`). Default: random. */
  readonly id?: string;
  readonly hosts: readonly LabHostSpec[];
  readonly log: LabLog;
  /** Gives a shell script that root runs once in the booted host, for example to make accounts; a failing one fails {@link labUp}. */
  readonly provision?: (host: LabHost, management: Lab['management']) => string;
  /** The lab is meant to outlive this process: only `labDown` with its id, or with `all`, removes it. Default: false. */
  readonly detached?: boolean;
  /** Absolute path of the directory that a detached lab serves: `labDown` with it removes the lab. */
  readonly directory?: string;
}

export interface ExecOptions {
  /** Limit in milliseconds, after which the script is killed and the call rejects. Default: 60,000. */
  readonly timeoutMs?: number;
}

export interface ExecResult {
  /** Exit status; 128 + signal number when a signal ended the script. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A booted Debian with systemd, journald, sshd, nftables, fail2ban and a responder on {@link RESPONDER_PORT}. */
export interface LabHost {
  readonly name: string;
  readonly role: 'host' | 'gateway';
  /** As in {@link LabHostSpec}. */
  readonly diskMiB: number | undefined;
  /** IPv4 address on the management network: the one Firebreak connects to. Cannot be reached from the outside. */
  readonly address: string;
  /** IPv6 counterpart of {@link LabHost.address}. */
  readonly address6: string;
  /** IPv4 address that the world knows the host by: attackers and bystanders reach this one, the management side does not. */
  readonly serviceAddress: string;
  /** IPv6 counterpart of {@link LabHost.serviceAddress}. */
  readonly serviceAddress6: string;
  readonly port: 22;
  /** Public host key, `ssh-ed25519 AAAA…`, without comment. */
  readonly hostKey: string;
  /** Runs a shell script as root inside the host without using its network; works on a cut-off or frozen host as well. */
  exec(script: string, options?: ExecOptions): Promise<ExecResult>;
  /** Shuts down and boots again: same disk, network (and with it the packet filter) made anew. */
  reboot(): Promise<void>;
  /** Shuts down; the host then answers nothing, as if it had no power. Does nothing on a stopped host. */
  stop(): Promise<void>;
  /** Boots a stopped host. */
  start(): Promise<void>;
  /** Makes every process on the host stand still; its kernel still accepts connections, nobody answers them. */
  freeze(): Promise<void>;
  /** Lets a frozen host go on where it stood. */
  thaw(): Promise<void>;
  /** Drops all packets of the management path in both directions without a sign to either side. Ends with a reboot. */
  cutManagementLink(): Promise<void>;
  /** Lets the management path pass packets again. */
  restoreManagementLink(): Promise<void>;
}

/** What to knock on. */
export interface TrafficTarget {
  /** Source addresses to send from, v4 or v6 as the target; see {@link TrafficSource.addresses4}. */
  readonly sources: readonly string[];
  /** A host's {@link LabHost.serviceAddress} or {@link LabHost.serviceAddress6}. */
  readonly target: string;
  readonly targetPort: number;
  /** Default: `tcp`. UDP needs a service that answers, such as the responder. */
  readonly protocol?: 'tcp' | 'udp';
}

export interface ProbeRequest extends TrafficTarget {
  /** Patience for each source in milliseconds. Default: 1,500. */
  readonly timeoutMs?: number;
  /** Sources tried at the same time. Default: 1,000. */
  readonly concurrency?: number;
}

/** Every source is in exactly one list, in the order asked. */
export interface ProbeResult {
  /** Sources to which the service sent at least one byte. */
  readonly reached: string[];
  readonly unreached: string[];
}

export interface HammerRequest extends TrafficTarget {
  /** Connections (TCP) or datagrams (UDP) started a second, over all sources in turn. */
  readonly perSecond: number;
}

export interface HammerCounts {
  readonly sent: number;
  /** How many of them the service answered within a second. */
  readonly answered: number;
}

/** Traffic that goes on until stopped, or until this process ends. */
export interface Hammer {
  /** Counts so far, at most half a second old. */
  counts(): HammerCounts;
  stop(): Promise<HammerCounts>;
}

export interface SessionRequest {
  /** Address to connect from. */
  readonly source: string;
  readonly host: LabHost;
  readonly user: string;
  /** Path of a private key without passphrase. */
  readonly identityFile: string;
  /** Command to run on the host. */
  readonly command: string;
}

/** An SSH login from an outside address. It does not end with this process, only with the lab or by {@link AttackerSession.kill}. */
export interface AttackerSession {
  readonly pid: number;
  /** True once the user is logged in and the command started; false when the attempt ended before that. Never rejects. */
  readonly established: Promise<boolean>;
  /** Exit status of the SSH client (255: refused or cut off), null when it was killed. Never rejects. */
  readonly closed: Promise<number | null>;
  kill(): void;
}

/** Machines somewhere in the outside network: 65,000 addresses of each family behind one router. */
export interface TrafficSource {
  /** All its IPv4 addresses are in this prefix. */
  readonly prefix4: string;
  /** All its IPv6 addresses are in this prefix. */
  readonly prefix6: string;
  /** The first `count` IPv4 addresses, always the same ones. At most 65,024. */
  addresses4(count: number): string[];
  /** The first `count` IPv6 addresses, each in a /64 of its own, always the same ones. At most 65,535. */
  addresses6(count: number): string[];
  /** Tries to reach a service once from each source. */
  probe(request: ProbeRequest): Promise<ProbeResult>;
  /** Starts traffic and resolves when the first second's share is being sent. */
  hammer(request: HammerRequest): Promise<Hammer>;
  /** Logs in from a source address and keeps the session open while the command runs. */
  ssh(request: SessionRequest): AttackerSession;
}

export interface Lab {
  readonly id: string;
  readonly hosts: ReadonlyMap<string, LabHost>;
  /** Our own addresses as the hosts see them on the management network. */
  readonly management: { readonly address: string; readonly address6: string };
  /** The network the hosts share behind the gateway. */
  readonly segment: { readonly prefix4: string; readonly prefix6: string };
  readonly attacker: TrafficSource;
  readonly bystander: TrafficSource;
  /** Removes everything the lab is made of. */
  down(): Promise<void>;
}

/** TCP and UDP port on which every host's responder answers. */
export const RESPONDER_PORT = 8080;

/** File on each host in which the responder writes a line a contact: RFC 3339 time, `tcp` or `udp`, source address, source port. */
export const RESPONDER_ACCESS_LOG = '/var/log/responder/access.log';
