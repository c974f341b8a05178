import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { HostedServerCounter, readGauge, single } from '@plexus/service-shell';
import type { FairSlots, Logger } from '@plexus/service-shell';
import type { RefusedRequest } from './authentication/authenticate-request.ts';
import type { ReceivedPdu } from './transactions/received-pdu.ts';

/** What this app counts and logs besides its requests, which the shell does. */
export class FederationTelemetry {
  readonly #logger: Logger;
  readonly #registry: Registry;
  readonly #refused: Counter;
  readonly #pdus: Counter;
  readonly #receivedPdus: Counter;
  readonly #edus: Counter;
  readonly #receivedEdus: Counter;
  readonly #ephemeralLost: Counter;
  readonly #durations: Histogram;
  readonly #lastReceived: Gauge;
  readonly #hostedServers: HostedServerCounter;
  /** When each transaction that is being taken in came, in this order. */
  readonly #underWay = new Set<{ readonly since: number }>();

  constructor(registry: Registry, logger: Logger, hostedServers: readonly string[]) {
    this.#logger = logger;
    this.#registry = registry;
    const registers = [registry];
    this.#refused = new Counter({
      name: 'plexus_federation_refused_requests_total',
      help: 'Requests of other servers that were not believed, by why.',
      labelNames: ['reason'],
      registers,
    });
    this.#pdus = new Counter({
      name: 'plexus_federation_inbound_pdus_total',
      help: 'PDUs of other servers by what became of them here; the rule says which check they failed.',
      labelNames: ['outcome', 'rule'],
      registers,
    });
    this.#receivedPdus = new Counter({
      name: 'synapse_federation_server_received_pdus_total',
      help: 'PDUs of other servers, whatever became of them.',
      registers,
    });
    this.#edus = new Counter({
      name: 'plexus_federation_inbound_edus_total',
      help: 'EDUs of other servers by their type and whether they were meant for us.',
      labelNames: ['edu_type', 'outcome'],
      registers,
    });
    this.#receivedEdus = new Counter({
      name: 'synapse_federation_server_received_edus_total',
      help: 'EDUs of other servers, whatever became of them.',
      registers,
    });
    this.#ephemeralLost = new Counter({
      name: 'plexus_federation_ephemeral_lost_total',
      help: 'Records of topics that may lose some, typing and presence, that the topic did not take.',
      labelNames: ['topic'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'plexus_federation_transaction_duration_seconds',
      help: 'Time to take in a transaction of another server, until all of it is durable.',
      buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    });
    this.#lastReceived = new Gauge({
      name: 'synapse_federation_last_received_pdu_time',
      help: 'When a PDU of another server came last, in seconds since the epoch.',
      registers,
    });
    this.#hostedServers = new HostedServerCounter(registry, {
      name: 'received_pdus_total',
      help: 'PDUs that other servers sent to a hosted server.',
      servers: hostedServers,
    });
    readGauge(registry, {
      name: 'plexus_federation_inbound_transactions',
      help: 'Transactions of other servers that are being taken in.',
      read: single(() => this.#underWay.size),
    });
    readGauge(registry, {
      name: 'plexus_federation_inbound_oldest_seconds',
      help: 'Age of the oldest of them.',
      read: single(() => {
        const [oldest] = this.#underWay;
        return oldest === undefined ? 0 : (performance.now() - oldest.since) / 1_000;
      }),
    });
  }

  watchSlots(slots: Pick<FairSlots, 'size'>): void {
    readGauge(this.#registry, {
      name: 'plexus_federation_requests_waiting',
      help: 'Requests of other servers that wait for the turn of the hosted server that they are for.',
      read: single(() => slots.size.waiting),
    });
  }

  /** A transaction is being taken in; the result is to be called when that is done. */
  receivingTransaction(): () => void {
    const transaction = { since: performance.now() };
    this.#underWay.add(transaction);
    return () => {
      this.#underWay.delete(transaction);
      this.#durations.observe((performance.now() - transaction.since) / 1_000);
    };
  }

  refused({ reason, because, key, header, keyId, ...request }: RefusedRequest): void {
    this.#refused.inc({ reason });
    const about = {
      ...request,
      reason,
      because,
      key_id: keyId,
      key_valid_until: key?.validUntil,
      key_learned_from: key?.learnedFrom,
    };
    const isStrange = reason === 'malformed-header' || reason === 'bad-signature';
    if (isStrange)
      this.#logger.warn('A request of another server was refused', { ...about, header: withoutSignature(header) });
    else this.#logger.info('A request of another server was refused', about);
    if (key !== undefined)
      this.#logger.debug('The key of that request', { key_id: keyId, public_key: key.publicKey, reason });
  }

  receivedPdu({ outcome, rule, because, roomId, eventId, origin, destination }: ReceivedPdu): void {
    this.#receivedPdus.inc();
    this.#lastReceived.setToCurrentTime();
    this.#hostedServers.add(destination);
    this.#pdus.inc({ outcome, rule: rule ?? '' });
    const about = { origin, destination, room_id: roomId, event_id: eventId, reason: rule, because };
    if (outcome === 'dropped') this.#logger.warn('A PDU of another server was dropped', about);
    else if (rule === 'content-hash.tampered') this.#logger.warn('The content of a PDU has been tampered with', about);
    else if (outcome !== 'known' && (outcome !== 'taken' || rule !== undefined))
      this.#logger.debug('A PDU of another server is not taken in as it came', { ...about, outcome });
  }

  receivedEdu(eduType: string, outcome: 'taken' | 'ignored'): void {
    this.#receivedEdus.inc();
    this.#edus.inc({ edu_type: eduType, outcome });
  }

  ephemeralFailed(topic: string, error: unknown): void {
    this.#ephemeralLost.inc({ topic });
    this.#logger.debug('A topic did not take a record that may be lost', { topic, err: error });
  }

  earlyReceiptFailed(error: unknown): void {
    this.#logger.debug('A receipt that came before its event could not be set', { err: error });
  }

  upkeepFailed(error: unknown): void {
    this.#logger.warn('Transactions that are long past could not be cleared away', { err: error });
  }
}

/** What cannot be read may still hold a signature of somebody's. */
function withoutSignature(header: string | undefined): string | undefined {
  return header?.slice(0, 1_000).replaceAll(/(sig(?:nature)?\s*=\s*"?)[^",\s]+/gi, '$1<redacted>');
}
