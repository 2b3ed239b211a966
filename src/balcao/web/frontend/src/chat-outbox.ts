// What was written and has not gone off: it stands in the storage of the page's origin, one entry a message, so that two
// tabs do not write over each other. A repeat has the same id, which the server knows.
import type { Waiting } from "./chat-shapes";

/** A storage that may be switched off: then what is kept lives as long as the page. */
export class Shelf {
  private readonly here = new Map<string, string>();

  constructor(private readonly prefix: string) {}

  get(name: string): string | null {
    try {
      return localStorage.getItem(this.prefix + name) ?? this.here.get(name) ?? null;
    } catch {
      return this.here.get(name) ?? null;
    }
  }

  set(name: string, value: string): void {
    this.here.set(name, value);
    try {
      localStorage.setItem(this.prefix + name, value);
    } catch {
      // full, or switched off
    }
  }

  drop(name: string): void {
    this.here.delete(name);
    try {
      localStorage.removeItem(this.prefix + name);
    } catch {
      // switched off
    }
  }

  names(): string[] {
    const found = new Set(this.here.keys());
    try {
      for (let n = 0; n < localStorage.length; n++) {
        const name = localStorage.key(n) ?? "";
        if (name.startsWith(this.prefix)) found.add(name.slice(this.prefix.length));
      }
    } catch {
      // switched off
    }
    return [...found];
  }
}

export class Outbox {
  private readonly all = new Map<string, Waiting>();

  constructor(private readonly shelf: Shelf) {
    for (const name of shelf.names()) {
      if (!name.startsWith("out:")) continue;
      try {
        const kept = JSON.parse(shelf.get(name) ?? "") as Waiting;
        this.all.set(kept.id, { ...kept, tried: true });
      } catch {
        shelf.drop(name);
      }
    }
  }

  add(one: Waiting): void {
    this.all.set(one.id, one);
    const { files, ...kept } = one;
    if (!one.secret && !files) this.shelf.set(`out:${one.id}`, JSON.stringify(kept));
  }

  /** It is in the conversation: here it is no more. */
  arrived(id: string): void {
    this.all.delete(id);
    this.shelf.drop(`out:${id}`);
  }

  /** The server has it; it is shown until it comes back in its place. */
  taken(one: Waiting): void {
    one.gone = true;
    this.shelf.drop(`out:${one.id}`);
  }

  next(): Waiting | undefined {
    return this.list().find((one) => !one.gone && !one.why);
  }

  list(): Waiting[] {
    return [...this.all.values()].sort((a, b) => a.order - b.order);
  }
}
