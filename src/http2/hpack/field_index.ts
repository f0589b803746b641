import type { HeaderField } from "./header_field.ts";

/** The ids of the fields with one name. */
export interface NamedFields {
  /** The id of the newest. */
  newest: number;
  /** The id of the newest with that value. */
  values: Map<string, number>;
}

/** Finds the fields of a dynamic table by name, and by name and value. */
export class FieldIndex {
  #names = new Map<string, NamedFields>();

  find(name: string): NamedFields | undefined {
    return this.#names.get(name);
  }

  add([name, value]: HeaderField, id: number): void {
    const known = this.#names.get(name);
    if (known === undefined) {
      this.#names.set(name, { newest: id, values: new Map([[value, id]]) });
    } else {
      known.newest = id;
      known.values.set(value, id);
    }
  }

  /** Takes out the oldest field. */
  remove([name, value]: HeaderField, id: number): void {
    const known = this.#names.get(name)!;
    // A newer field of the same name or value stays findable.
    if (known.newest === id) this.#names.delete(name);
    else if (known.values.get(value) === id) known.values.delete(value);
  }
}
