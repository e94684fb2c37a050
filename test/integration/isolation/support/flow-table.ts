import type { LabWorld } from './lab-world';

const OFFLOADED = '/run/offloaded';
const ASKED = '/run/conntrack-asked';

/**
 * A stand-in for an nft flow table and the flows it carries, because the lab's kernel has none: `nft list flowtables` names one,
 * and `conntrack` lists these entries. An obedient one deletes them when asked; a kernel before 6.4 does not.
 */
export async function withFlowTable<T>(
  world: LabWorld,
  host: string,
  entries: readonly string[],
  kernel: 'obedient' | 'stubborn',
  body: (asked: () => Promise<string>) => Promise<T>,
): Promise<T> {
  await world.on(
    host,
    `printf '%s\\n' ${entries.map((entry) => `'${entry}'`).join(' ')} >${OFFLOADED}; : >${ASKED}
    cat >/usr/local/sbin/nft <<'PROGRAM'
#!/bin/sh
[ "$*" != 'list flowtables' ] || exec printf 'table inet t {\\n\\tflowtable f {\\n\\t}\\n}\\n'
exec /usr/sbin/nft "$@"
PROGRAM
    cat >/usr/local/sbin/conntrack <<'PROGRAM'
#!/bin/sh
case $* in
  '-L -f ipv4') cat ${OFFLOADED} ;;
  '-R -') cat >>${ASKED}; ${kernel === 'obedient' ? `: >${OFFLOADED}` : ':'} ;;
esac
PROGRAM
    chmod 755 /usr/local/sbin/nft /usr/local/sbin/conntrack`,
  );
  try {
    return await body(() => world.on(host, `cat ${ASKED}`));
  } finally {
    await world.on(host, `rm -f /usr/local/sbin/nft /usr/local/sbin/conntrack ${OFFLOADED} ${ASKED}`);
  }
}

/** A line of `conntrack -L` for a TCP flow. */
export function offloadedFlow(from: string, to: string, port: number): string {
  return `tcp      6 src=${from} dst=${to} sport=40000 dport=${port} src=${to} dst=${from} sport=${port} dport=40000 [OFFLOAD] mark=0 use=3`;
}
