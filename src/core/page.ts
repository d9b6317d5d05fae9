/** A page of a list, and how one is asked for. */

/** A page of a list; `cursor` is opaque, holds a sort key only, and is absent on the last page. */
export interface Page<Item> {
  items: Item[];
  cursor?: string;
}

export interface PageRequest {
  /** 1 to 200. */
  limit?: number;
  cursor?: string;
}
