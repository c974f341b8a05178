import type { UserStreamRange } from './user-stream-range.ts';

/** A device of a user of ours. */
export interface DeviceAddress {
  readonly userId: string;
  readonly deviceId: string;
}

/** A message on its way to a device (https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging). */
export interface NewToDeviceMessage {
  readonly userId: string;
  /** Nothing: every device of the user that no other message of the same call names. */
  readonly deviceId: string | undefined;
  /** JSON: `type`, `sender` and `content`. */
  readonly message: string;
}

/** What is stored once, however often it comes. */
export interface ToDeviceTransaction {
  /** The user or the server that sends. */
  readonly sender: string;
  readonly transactionId: string;
}

/** So many messages wait for one device; with more, the oldest are given up. */
export const MAX_WAITING_MESSAGES = 10_000;

/** Of a transaction that holds the streams of those addressed. */
export interface ToDeviceWriter {
  /** Puts messages into the inboxes of devices that are there. False where the transaction was stored before; then nothing changes. */
  storeMessages(messages: readonly NewToDeviceMessage[], transaction: ToDeviceTransaction): Promise<boolean>;
}

export interface ToDevicePage {
  /** Oldest first, JSON each. */
  readonly messages: readonly string[];
  /** Up to where in the user's stream the page tells all there is: the end of the range where it holds all of it. */
  readonly upTo: number;
}

/** What waits for devices. */
export interface ToDeviceInbox {
  /** The oldest messages of the range: at most so many, and so many bytes, but one at least. */
  readMessages(
    device: DeviceAddress,
    range: UserStreamRange,
    most: { readonly messages: number; readonly bytes: number },
  ): Promise<ToDevicePage>;
  /** The device has all messages up to this position. */
  removeMessages(device: DeviceAddress, upTo: number): Promise<void>;
  /** Forgets transactions of long ago, at most so many; returns how many. */
  forgetTransactions(olderThanMs: number, most: number): Promise<number>;
}

/** A device with messages that it has not got, and the position of the last of them. */
export interface WaitingDevice extends DeviceAddress {
  readonly newest: number;
}

/** Finds devices for which messages wait; any app may ask. */
export interface ToDeviceWaitingReader {
  findWaiting(userIds: readonly string[]): Promise<WaitingDevice[]>;
  /** All of them in the order of users and devices, after one of them. */
  pageWaiting(after: DeviceAddress | undefined, limit: number): Promise<WaitingDevice[]>;
}
