/** Holds one text. What `save` was given is there after a reload, or what it was given before. */
export interface Storage {
  load(): string | null;
  save(text: string): void;
}

/** The browser's localStorage, or anything of its shape. One tab at a time works with an entry. */
export class WebStorage implements Storage {
  constructor(
    private readonly name = "cogwerk-cart",
    private readonly store: Pick<globalThis.Storage, "getItem" | "setItem"> = localStorage,
  ) {}

  load(): string | null {
    return this.store.getItem(this.name);
  }

  save(text: string): void {
    this.store.setItem(this.name, text);
  }
}

/** Forgets when the program ends. */
export class MemoryStorage implements Storage {
  private text: string | null = null;

  load(): string | null {
    return this.text;
  }

  save(text: string): void {
    this.text = text;
  }
}
