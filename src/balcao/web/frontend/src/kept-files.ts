// Chosen files of a form with a draft (`data-keep` on the box of files): they outlive a page that the telephone throws away,
// as the camera makes it do. Kept in this browser alone, as long as the form's draft, and gone when the server has them.
const STORE = "files";

interface Kept {
  until: number;
  files: File[];
}

function open(): Promise<IDBDatabase | null> {
  return new Promise((done) => {
    try {
      const asked = window.indexedDB.open("balcao-drafts", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = asked.onblocked = () => done(null);
    } catch {
      done(null); // private mode or switched off: nothing is kept, no harm
    }
  });
}

async function within<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  const base = await open();
  if (!base) return null;
  return new Promise((done) => {
    const end = (value: T | null) => {
      base.close();
      done(value);
    };
    try {
      const work = base.transaction(STORE, mode);
      const asked = ask(work.objectStore(STORE));
      work.oncomplete = () => end(asked.result);
      work.onerror = work.onabort = () => end(null); // full: the form itself still works
    } catch {
      end(null);
    }
  });
}

/** Keep these files under `key`, for so many days; none forgets what was there. */
export async function keepFiles(key: string, files: File[], days: number): Promise<void> {
  if (files.length) await within("readwrite", (store) => store.put({ until: Date.now() + days * 86_400_000, files } satisfies Kept, key));
  else await within("readwrite", (store) => store.delete(key));
}

/** What is still kept under `key`. */
export async function keptFiles(key: string): Promise<File[]> {
  const kept = (await within("readonly", (store) => store.get(key))) as Kept | null | undefined;
  return kept && kept.until > Date.now() ? kept.files : [];
}

/** Forget whatever is kept under keys that begin so, and all that is past its days. */
export async function forgetFiles(prefix: string | null): Promise<void> {
  const keys = ((await within("readonly", (store) => store.getAllKeys())) ?? []) as string[];
  for (const key of keys) {
    const gone = (prefix !== null && key.startsWith(prefix)) || !(await keptFiles(key)).length;
    if (gone) await within("readwrite", (store) => store.delete(key));
  }
}
