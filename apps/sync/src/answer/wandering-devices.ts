import type { Clock } from '@plexus/matrix-base';

/** So long the others have to share what they keep of a device of which they are told. */
const SHARING_MS = 50;

interface Wandering {
  readonly until: number;
  /** By then the others have shared what they keep. */
  readonly sharedAt: number;
}

/** Devices that ask more than one process, as far as this one knows. */
export class WanderingDevices {
  readonly #clock: Clock;
  readonly #rememberedMs: number;
  /** Of whom it was heard longest ago comes first. */
  readonly #devices = new Map<string, Wandering>();

  constructor(clock: Clock, rememberedMs: number) {
    this.#clock = clock;
    this.#rememberedMs = rememberedMs;
  }

  has(device: string): boolean {
    return (this.#devices.get(device)?.until ?? 0) > this.#clock.now();
  }

  /** The device came with another process's token; true where the others are to be told. */
  cameFromElsewhere(device: string): boolean {
    const now = this.#clock.now();
    const isKnown = this.has(device);
    this.#remember(device, (isKnown ? this.#devices.get(device)?.sharedAt : undefined) ?? now + SHARING_MS);
    return !isKnown;
  }

  /** Another process, or this one, told of the device. */
  wanders(device: string): void {
    this.#remember(device, (this.has(device) ? this.#devices.get(device)?.sharedAt : undefined) ?? 0);
  }

  /** Resolves when the others have shared what they keep of it. */
  async heardByOthers(device: string): Promise<void> {
    const wait = (this.#devices.get(device)?.sharedAt ?? 0) - this.#clock.now();
    if (wait > 0) await this.#clock.delay(wait);
  }

  dropOld(): void {
    const now = this.#clock.now();
    for (const [device, { until }] of this.#devices) {
      if (until > now) return;
      this.#devices.delete(device);
    }
  }

  #remember(device: string, sharedAt: number): void {
    this.#devices.delete(device);
    this.#devices.set(device, { until: this.#clock.now() + this.#rememberedMs, sharedAt });
  }
}
