import { LOOPBACK } from '../../supervision/free-ports';

/**
 * Command-line settings of a server on a small shared machine (2 cores): durable, quiet, loopback only.
 * Given at each start, so that an existing cluster follows a new version of this list.
 */
export function serverSettings(port: number): readonly string[] {
  const settings = {
    listen_addresses: LOOPBACK,
    port,
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    fsync: 'on',
    synchronous_commit: 'on',
    max_connections: 100,
    shared_buffers: '128MB',
    max_wal_size: '512MB',
    max_worker_processes: 4,
    max_parallel_workers: 2,
    io_workers: 2,
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %a ',
    log_min_messages: 'warning',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
