/** Buffers kept at most: more than there are connections, as a rule. */
const KEPT = 64;
/** Larger ones are not kept, bytes. */
const LARGEST = 1024 * 1024;
/** Sizes are rounded up to this, so that messages of about one size share their buffers. */
const STEP = 16 * 1024;

/**
 * Memory for messages, used again and again: made anew for each, it would cost more than all the rest of composing,
 * since the garbage collector would run for every thousand messages.
 */
export class BufferPool {
  #free: ArrayBuffer[] = [];

  /** `size` bytes that nobody else uses, with anything in them. */
  take(size: number): Buffer {
    const known = this.#free.pop();
    if (known !== undefined && known.byteLength >= size) return Buffer.from(known, 0, size);
    return Buffer.from(new ArrayBuffer(Math.ceil(size / STEP) * STEP), 0, size);
  }

  /** `taken` is used no more, by anybody, and what is still to be written from it is a copy. */
  giveBack(taken: Buffer): void {
    const memory = taken.buffer as ArrayBuffer;
    if (this.#free.length < KEPT && memory.byteLength <= LARGEST) this.#free.push(memory);
  }
}
