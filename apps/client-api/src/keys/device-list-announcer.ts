/** Tells every `sync` that a device list has changed, so that those who wait learn of it at once. */
export interface DeviceListAnnouncer {
  /** To be called after the commit. Waits for nothing: what is not heard is found a moment later. */
  deviceListChanged(userId: string): void;
}
