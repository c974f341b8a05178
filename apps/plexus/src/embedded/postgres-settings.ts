/**
 * The settings of the embedded Postgres, given on its command line so that a newer release brings its own. Full durability; little
 * memory and few wake-ups while idle.
 */
export function postgresArguments(databaseFolder: string, socketFolder: string): string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    port: socketPort,
    max_connections: 200,
    shared_buffers: '128MB',
    effective_cache_size: '512MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    // Workers of their own for reading cost memory while idle, and little is read from disk here.
    io_method: 'sync',
    max_parallel_workers_per_gather: 0,
    max_logical_replication_workers: 0,
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    // A refused statement is its caller's affair; what concerns the server itself is FATAL or PANIC.
    log_min_messages: 'fatal',
    log_checkpoints: 'off',
    logging_collector: 'off',
  };
  return ['-D', databaseFolder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Only names the socket: no port is opened. */
export const socketPort = 5432;
