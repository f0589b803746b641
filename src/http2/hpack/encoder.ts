import { DynamicTable, INITIAL_TABLE_SIZE } from "./dynamic_table.ts";
import { FieldIndex } from "./field_index.ts";
import type { HeaderField } from "./header_field.ts";
import { chooseIndexing, INCREMENTAL } from "./indexing.ts";
import { MAX_INTEGER_OCTETS, writeInteger } from "./integer.ts";
import { flatCopy } from "./latin1.ts";
import { STATIC_NAMES, STATIC_TABLE } from "./static_table.ts";
import { writeString } from "./string_literal.ts";

/** Encodes the header blocks of one direction of a connection (RFC 7541). */
export class HpackEncoder {
  #cap: number;
  #table: DynamicTable;
  #index: FieldIndex = new FieldIndex();
  /** The maximum that the peer's table has now, by what we told it. */
  #announced = INITIAL_TABLE_SIZE;
  /** The lowest that the maximum went since the last block. */
  #lowest: number;
  #out: Uint8Array = new Uint8Array(BUFFER_SIZE);
  #at = 0;

  /** `maxTableSize` is our own cap, however much the peer allows. */
  constructor(maxTableSize: number = INITIAL_TABLE_SIZE) {
    this.#cap = maxTableSize;
    this.#lowest = Math.min(maxTableSize, INITIAL_TABLE_SIZE);
    this.#table = new DynamicTable(
      this.#lowest,
      (field, id) => this.#index.remove(field, id),
    );
  }

  /** For tests and debugging. */
  get dynamicTable(): DynamicTable {
    return this.#table;
  }

  /** Takes the peer's SETTINGS_HEADER_TABLE_SIZE. */
  setMaxTableSize(size: number): void {
    const allowed = Math.min(size, this.#cap);
    this.#lowest = Math.min(this.#lowest, allowed);
    this.#table.resize(allowed);
  }

  /**
   * Encodes one header block. Blocks must be sent, all of them and in order,
   * or the peer's table goes out of step. Throws a `RangeError` for a char
   * above U+00FF; then there is no block, and the encoder stays good.
   */
  encode(fields: Iterable<HeaderField>): Uint8Array {
    this.#at = 0;
    try {
      this.#writeTableSize();
      for (const field of fields) this.#writeField(field[0], field[1]);
    } catch (error) {
      this.#startOver();
      throw error;
    }
    const block = this.#out.slice(0, this.#at);
    // One huge block is no reason to keep its memory.
    if (this.#out.length > MAX_KEPT_BUFFER) {
      this.#out = new Uint8Array(BUFFER_SIZE);
    }
    return block;
  }

  /** Says how low the maximum went, then what it is (RFC 7541 §4.2). */
  #writeTableSize(): void {
    const current = this.#table.maxSize;
    if (this.#lowest < current && this.#lowest < this.#announced) {
      this.#announced = this.#lowest;
      this.#writeInteger(TABLE_SIZE_UPDATE, 5, this.#lowest);
    }
    if (this.#announced !== current) {
      this.#announced = current;
      this.#writeInteger(TABLE_SIZE_UPDATE, 5, current);
    }
    this.#lowest = current;
  }

  #writeField(name: string, value: string): void {
    const fixed = STATIC_NAMES.get(name);
    const fixedIndex = fixed?.values.get(value);
    if (fixedIndex !== undefined) {
      this.#writeInteger(INDEXED, 7, fixedIndex);
      return;
    }
    const recent = this.#index.find(name);
    const id = recent?.values.get(value);
    if (id !== undefined) {
      this.#writeInteger(INDEXED, 7, this.#indexOf(id));
    } else if (fixed !== undefined) {
      this.#writeLiteral(fixed.index, name, value);
    } else if (recent !== undefined) {
      this.#writeLiteral(this.#indexOf(recent.newest), name, value);
    } else {
      this.#writeLiteral(0, name, value);
    }
  }

  #writeLiteral(nameIndex: number, name: string, value: string): void {
    const indexing = chooseIndexing(name, value, this.#table.maxSize);
    this.#writeInteger(indexing, indexing === INCREMENTAL ? 6 : 4, nameIndex);
    if (nameIndex === 0) this.#writeString(name);
    this.#writeString(value);
    if (indexing === INCREMENTAL) {
      const field = [this.#ownName(nameIndex, name), flatCopy(value)] as const;
      this.#index.add(field, this.#table.add(field));
    }
  }

  #ownName(nameIndex: number, name: string): string {
    if (nameIndex === 0) return flatCopy(name);
    if (nameIndex <= STATIC_TABLE.length) return STATIC_TABLE[nameIndex - 1][0];
    return this.#table.at(nameIndex - STATIC_TABLE.length)![0];
  }

  #indexOf(id: number): number {
    return STATIC_TABLE.length + this.#table.indexOf(id);
  }

  #writeInteger(pattern: number, prefixBits: number, value: number): void {
    this.#reserve(MAX_INTEGER_OCTETS);
    this.#at = writeInteger(this.#out, this.#at, pattern, prefixBits, value);
  }

  #writeString(text: string): void {
    this.#reserve(MAX_INTEGER_OCTETS + text.length);
    this.#at = writeString(this.#out, this.#at, text);
  }

  #reserve(octets: number): void {
    const needed = this.#at + octets;
    if (needed <= this.#out.length) return;
    const out = new Uint8Array(Math.max(needed, 2 * this.#out.length));
    out.set(this.#out);
    this.#out = out;
  }

  /**
   * After a block that failed half-way the peer's table and ours differ, so
   * both are emptied: ours now, the peer's by the next block.
   */
  #startOver(): void {
    this.#table.clear();
    this.#announced = Infinity;
    this.#lowest = 0;
  }
}

const BUFFER_SIZE = 256;
const MAX_KEPT_BUFFER = 8192;

/** High bits of a representation's first octet (RFC 7541 §6.1, §6.3). */
const INDEXED = 0x80;
const TABLE_SIZE_UPDATE = 0x20;
