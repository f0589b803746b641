import { CompressionError } from "./compression_error.ts";
import type { Cursor } from "./cursor.ts";
import { DynamicTable, INITIAL_TABLE_SIZE } from "./dynamic_table.ts";
import { fieldSize, type HeaderField } from "./header_field.ts";
import { readInteger } from "./integer.ts";
import { STATIC_TABLE } from "./static_table.ts";
import { readString } from "./string_literal.ts";

/** Limits of an `HpackDecoder`. */
export interface HpackDecoderOptions {
  /**
   * What we advertise as SETTINGS_HEADER_TABLE_SIZE. Less than 4096 fits only
   * a peer that knows of it before its first block. Default: 4096.
   */
  maxTableSize?: number;
  /** Octets of a header list, as RFC 7541 §4.1 counts. Default: 65536. */
  maxListSize?: number;
  /** Fields of a header list. Default: 256. */
  maxFields?: number;
}

/** One header list. */
export interface DecodedHeaders {
  /** In order; all of them, unless `exceeded`. */
  fields: HeaderField[];
  /** By RFC 7541 §4.1, of all fields, those left out too. */
  size: number;
  /** A limit was passed, and the fields from there on were left out. */
  exceeded: boolean;
}

/** Decodes the header blocks of one direction of a connection (RFC 7541). */
export class HpackDecoder {
  #table: DynamicTable;
  #maxTableSize: number;
  #maxListSize: number;
  #maxFields: number;

  constructor(options: HpackDecoderOptions = {}) {
    this.#maxTableSize = options.maxTableSize ?? INITIAL_TABLE_SIZE;
    this.#maxListSize = options.maxListSize ?? 65536;
    this.#maxFields = options.maxFields ?? 256;
    // A larger table than the protocol's starts with a size update.
    this.#table = new DynamicTable(
      Math.min(this.#maxTableSize, INITIAL_TABLE_SIZE),
    );
  }

  /** For tests and debugging. */
  get dynamicTable(): DynamicTable {
    return this.#table;
  }

  /**
   * Decodes one complete header block. Past a limit the table is kept in step,
   * but no more fields are. Throws a `CompressionError` for a malformed block;
   * no later block can be decoded then.
   */
  decode(block: Uint8Array): DecodedHeaders {
    const cursor: Cursor = { bytes: block, at: 0 };
    const list: DecodedHeaders = { fields: [], size: 0, exceeded: false };
    this.#readTableSizes(cursor);
    while (cursor.at < block.length) {
      const octet = block[cursor.at];
      if (octet >= 0x80) this.#readIndexed(cursor, list);
      else if (octet >= 0x40) this.#readLiteral(cursor, list, 6, true);
      else if (octet < 0x20) this.#readLiteral(cursor, list, 4, false);
      else throw new CompressionError("Table size update after a field");
    }
    return list;
  }

  /** §6.3; only at the start of a block (§4.2). */
  #readTableSizes(cursor: Cursor): void {
    const { bytes } = cursor;
    while (cursor.at < bytes.length && (bytes[cursor.at] & 0xe0) === 0x20) {
      const size = readInteger(cursor, 5);
      if (size > this.#maxTableSize) {
        throw new CompressionError(
          `Table size ${size} is above the limit of ${this.#maxTableSize}`,
        );
      }
      this.#table.resize(size);
    }
  }

  /** §6.1. */
  #readIndexed(cursor: Cursor, list: DecodedHeaders): void {
    const field = this.#lookUp(readInteger(cursor, 7));
    this.#append(list, field, fieldSize(field[0].length, field[1].length));
  }

  /** §6.2. */
  #readLiteral(
    cursor: Cursor,
    list: DecodedHeaders,
    prefixBits: number,
    indexed: boolean,
  ): void {
    // No string is built that neither the list nor the table has room for.
    const limit = Math.max(
      list.exceeded ? 0 : this.#maxListSize - list.size,
      indexed ? this.#table.maxSize : 0,
    );
    const nameIndex = readInteger(cursor, prefixBits);
    const name = nameIndex === 0
      ? readString(cursor, limit)
      : this.#lookUp(nameIndex)[0];
    const value = readString(cursor, limit);
    const size = fieldSize(lengthOf(name), lengthOf(value));
    const field = typeof name === "string" && typeof value === "string"
      ? [name, value] as const
      : undefined;
    if (indexed) {
      // What is too large for the table empties it (§4.4).
      if (field === undefined) this.#table.clear();
      else this.#table.add(field);
    }
    this.#append(list, field, size);
  }

  /** §2.3.3: one space of indices for both tables. */
  #lookUp(index: number): HeaderField {
    const field = index <= STATIC_TABLE.length
      ? STATIC_TABLE[index - 1]
      : this.#table.at(index - STATIC_TABLE.length);
    if (field === undefined) {
      throw new CompressionError(`Index ${index} is in neither table`);
    }
    return field;
  }

  #append(
    list: DecodedHeaders,
    field: HeaderField | undefined,
    size: number,
  ): void {
    list.size += size;
    list.exceeded = list.size > this.#maxListSize ||
      list.fields.length >= this.#maxFields;
    if (!list.exceeded) list.fields.push(field!);
  }
}

function lengthOf(string: string | number): number {
  return typeof string === "number" ? string : string.length;
}
