import { fieldSize, type HeaderField } from "./header_field.ts";

/** What a table holds until SETTINGS say otherwise (RFC 9113 §6.5.2). */
export const INITIAL_TABLE_SIZE = 4096;

/**
 * The dynamic table (RFC 7541 §2.3.2, §4): a queue of fields, held in a ring.
 * Each field gets an id when it is added, counting from 1; an index counts
 * back from the newest, and so shifts with every addition.
 */
export class DynamicTable {
  #ring: (HeaderField | undefined)[] = new Array(16).fill(undefined);
  #newest = 0;
  #length = 0;
  #size = 0;
  #maxSize: number;
  #onEvict: ((field: HeaderField, id: number) => void) | undefined;

  constructor(
    maxSize: number,
    onEvict?: (field: HeaderField, id: number) => void,
  ) {
    this.#maxSize = maxSize;
    this.#onEvict = onEvict;
  }

  /** Sum of the fields' sizes, as §4.1 counts them. */
  get size(): number {
    return this.#size;
  }

  get maxSize(): number {
    return this.#maxSize;
  }

  /** How many fields the table holds. */
  get length(): number {
    return this.#length;
  }

  /** The fields, newest first. */
  entries(): HeaderField[] {
    const fields: HeaderField[] = [];
    for (let i = 1; i <= this.#length; i++) fields.push(this.at(i)!);
    return fields;
  }

  /** The field with this index; 1 is the newest. */
  at(index: number): HeaderField | undefined {
    if (index < 1 || index > this.#length) return undefined;
    return this.#ring[this.#slot(this.#newest + 1 - index)];
  }

  indexOf(id: number): number {
    return this.#newest + 1 - id;
  }

  /**
   * Adds a field and returns its id. A field larger than the table empties
   * it, is not kept, and has no id: 0 (§4.4).
   */
  add(field: HeaderField): number {
    const size = fieldSize(field[0].length, field[1].length);
    this.#shrink(this.#maxSize - size);
    if (size > this.#maxSize) return 0;
    if (this.#length === this.#ring.length) this.#grow();
    this.#newest++;
    this.#length++;
    this.#size += size;
    this.#ring[this.#slot(this.#newest)] = field;
    return this.#newest;
  }

  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#shrink(maxSize);
  }

  clear(): void {
    this.#shrink(0);
  }

  /** Evicts from the oldest on (§4.3). */
  #shrink(size: number): void {
    while (this.#size > size && this.#length > 0) {
      const id = this.#newest + 1 - this.#length;
      const slot = this.#slot(id);
      const field = this.#ring[slot]!;
      this.#ring[slot] = undefined;
      this.#length--;
      this.#size -= fieldSize(field[0].length, field[1].length);
      this.#onEvict?.(field, id);
    }
  }

  #slot(id: number): number {
    // The ring's length is a power of two.
    return id & (this.#ring.length - 1);
  }

  #grow(): void {
    const fields = this.entries();
    this.#ring = new Array(2 * fields.length).fill(undefined);
    fields.forEach((field, i) => {
      this.#ring[this.#slot(this.#newest - i)] = field;
    });
  }
}
