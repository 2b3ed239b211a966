// The connection: what arrives comes over one stream from the number of the last message that is here, what is written goes
// off in its order, and after a cut both go on where they were. The token stands in a header, never in an address.
import { Outbox, Shelf } from "./chat-outbox";
import type { Hello, Said, Standing, Waiting } from "./chat-shapes";

const SILENCE = 65_000; // milliseconds; the server says something every 25 seconds
const LONGEST_PAUSE = 20_000;

export interface Ears {
  changed(): void;
  typing(): void;
  refused(one: Waiting): void;
}

/** What is to be known before anybody has opened it; raises where the chat may not be shown. */
export async function hello(base: string, key: string, lang: string): Promise<Hello> {
  const answer = await fetch(`${base}/chat/${key}/hello/?lang=${encodeURIComponent(lang)}`, { credentials: "omit", referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as Hello;
}

export class Line {
  readonly outbox: Outbox;
  readonly said: Said[] = [];
  standing: Standing | null = null;
  offline = false;
  busy = false;
  closed = false; // this site may not show the chat
  private readonly shelf: Shelf;
  private token = "";
  private stream: AbortController | null = null;
  private heard = 0;
  private failures = 0;
  private sending = false;
  private timer = 0;
  private readUpTo = 0;

  constructor(private readonly base: string, private readonly key: string, private readonly ours: boolean, private readonly lang: string, private readonly ears: Ears) {
    this.shelf = new Shelf(`balcao-chat:${key}:`);
    this.outbox = new Outbox(this.shelf);
    if (!ours) this.token = this.shelf.get("token") ?? "";
    window.addEventListener("online", () => this.wake());
    window.addEventListener("pageshow", () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    // the other tab wrote first: this one has the same visitor
    window.addEventListener("storage", () => !this.ours && !this.token && (this.token = this.shelf.get("token") ?? "") && this.wake());
  }

  /** Whether there may be a conversation already. */
  get known(): boolean {
    return this.ours || this.token !== "";
  }

  start(): void {
    if (this.known) void this.listen();
    void this.pump();
  }

  private address(path: string, query: Record<string, string | number> = {}): string {
    const address = new URL(`${this.base}/chat/${path === "stream/" ? path : `${this.key}/${path}`}`);
    for (const [name, value] of Object.entries({ lang: this.lang, ...query })) address.searchParams.set(name, String(value));
    return address.href;
  }

  private ask(path: string, options: RequestInit = {}, query: Record<string, string | number> = {}): Promise<Response> {
    const headers = new Headers(options.headers);
    if (this.ours) headers.set("X-Balcao-Chat", "1");
    else headers.set("Authorization", `Bearer ${this.token}`);
    const credentials = this.ours ? "same-origin" : "omit";
    return fetch(this.address(path, query), { ...options, headers, credentials, cache: "no-store", referrerPolicy: "no-referrer" });
  }

  private tell(path: string, body: Record<string, unknown>): void {
    this.ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }).catch(() => undefined);
  }

  // --- what arrives -------------------------------------------------------------------------------------------

  private wake(): void {
    window.clearTimeout(this.timer);
    if (this.stream && Date.now() - this.heard > 30_000) this.hangUp(); // it slept: nobody knows whether it is still there
    if (!this.stream) void this.listen();
    void this.pump();
  }

  private hangUp(): void {
    this.stream?.abort();
    this.stream = null;
  }

  private async listen(): Promise<void> {
    if (this.stream || !this.known || this.closed) return;
    const line = (this.stream = new AbortController());
    const watch = window.setInterval(() => Date.now() - this.heard > SILENCE && line.abort(), 5_000);
    this.heard = Date.now();
    let again = true;
    try {
      const last = this.standing ? `${this.standing.talk}.${this.last}` : "";
      const headers: Record<string, string> = last ? { "Last-Event-ID": last } : {};
      const answer = await this.ask("stream/", { headers, signal: line.signal }, { chat: this.key });
      if (answer.status === 204 || answer.status === 404) again = false; // nothing was said yet: a message of ours begins it
      else if (answer.status === 403) again = !(this.closed = true);
      else if (answer.ok && answer.body) await this.follow(answer.body.getReader());
    } catch {
      // cut: we come back
    } finally {
      window.clearInterval(watch);
    }
    if (this.stream !== line) return;
    this.stream = null;
    if (!again) return this.ears.changed();
    this.setOffline(!navigator.onLine || this.failures > 0);
    this.failures += 1;
    const pause = Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(this.failures, 6)) * (0.75 + Math.random() / 2);
    this.timer = window.setTimeout(() => void this.listen(), pause);
  }

  private async follow(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.heard = Date.now();
      this.failures = 0;
      this.setOffline(false);
      rest += decoder.decode(value, { stream: true });
      const frames = rest.split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) this.take(frame);
      if (frames.length) this.ears.changed();
    }
  }

  private take(frame: string): void {
    const fields = new Map<string, string>();
    for (const row of frame.split("\n")) {
      const colon = row.indexOf(": ");
      if (colon > 0) fields.set(row.slice(0, colon), row.slice(colon + 2));
    }
    const data = fields.get("data");
    const kind = fields.get("event");
    if (!data || !kind) return;
    if (kind === "typing") return this.ears.typing();
    if (kind === "standing") this.stands(JSON.parse(data) as Standing);
    if (kind === "message") this.add(Number.parseInt(fields.get("id") ?? "", 10), JSON.parse(data) as Said);
  }

  private stands(standing: Standing): void {
    const old = this.standing?.talk;
    if (old && old !== standing.talk) standing.before === old ? (this.readUpTo = 0) : this.forget();
    this.standing = standing;
    if (standing.before && !this.said.length) void this.earlier();
  }

  private forget(): void {
    this.said.length = 0;
    this.readUpTo = 0;
  }

  private add(talk: number, one: Said): void {
    if (this.standing && this.standing.talk !== talk) this.forget();
    if (!this.standing || this.standing.talk !== talk) this.standing = { talk, state: "", read: 0, attendant: "", there: false, line: "", away: "" };
    if (one.client_id) this.outbox.arrived(one.client_id);
    if (one.number > this.last) this.said.push({ ...one, talk });
  }

  /** The newest number of the conversation that goes on. */
  get last(): number {
    const newest = this.said[this.said.length - 1];
    return newest && newest.talk === this.standing?.talk ? newest.number : 0;
  }

  /** What was said before what is here, also to the agency that passed it on. */
  async earlier(): Promise<void> {
    if (!this.standing) return;
    const first = this.said[0] ?? { talk: this.standing.talk, number: 1 };
    const answer = await this.ask("messages/", {}, { talk: first.talk ?? 0, before: first.number });
    if (!answer.ok) return;
    const found = ((await answer.json()) as { messages: Said[] }).messages;
    const newest = found[found.length - 1];
    const oldest = this.said[0];
    if (!newest || (oldest && oldest.talk === newest.talk && oldest.number <= newest.number)) return; // it is here already
    this.said.unshift(...found);
    if (newest.talk !== this.standing.talk) this.tell("read/", { talk: newest.talk, number: newest.number });
    this.ears.changed();
  }

  private setOffline(offline: boolean): void {
    if (this.offline === offline) return;
    this.offline = offline;
    this.ears.changed();
  }

  // --- what is written ----------------------------------------------------------------------------------------

  say(body: Record<string, unknown>, shown: string, more: { secret?: boolean; files?: File[] } = {}): void {
    const before = this.outbox.list().pop()?.order ?? 0;
    this.outbox.add({ id: name(16), order: Math.max(Date.now(), before + 1), body, shown, ...more });
    this.ears.changed();
    void this.pump();
  }

  again(one: Waiting): void {
    delete one.why;
    this.outbox.add(one);
    void this.pump();
  }

  private async pump(): Promise<void> {
    if (this.sending || this.closed) return;
    this.sending = true;
    for (let one = this.outbox.next(); one; one = this.outbox.next()) {
      if (!this.token && !this.ours) this.shelf.set("token", (this.token = name(32)));
      let pause = 0;
      try {
        pause = await this.post(one);
        this.setOffline(false);
      } catch {
        this.setOffline(true);
        pause = 4_000;
      }
      if (pause) {
        window.setTimeout(() => void this.pump(), pause);
        break;
      }
    }
    this.sending = false;
    this.ears.changed();
  }

  /** How many milliseconds to wait before the next try; 0: it is done with. */
  private async post(one: Waiting): Promise<number> {
    const packet = packed(one);
    one.tried = true;
    const answer = await this.ask("send/", { method: "POST", ...packet });
    this.busy = answer.status === 429;
    if (answer.status === 429 || answer.status >= 500) return 1_000 * (Number(answer.headers.get("Retry-After")) || 4);
    const told = (await answer.json().catch(() => ({}))) as { talk?: number; sentence?: string; problem?: string };
    if (!answer.ok) {
      one.why = told.sentence || String(answer.status);
      this.ears.refused(one);
      return 0;
    }
    this.outbox.taken(one);
    if (told.problem) this.ears.refused({ ...one, why: told.problem });
    if (this.stream && this.standing && told.talk !== this.standing.talk) this.hangUp(); // another conversation has begun
    void this.listen();
    return 0;
  }

  typing(preview: string): void {
    if (this.standing && !["closed", "interview"].includes(this.standing.state)) this.tell("typing/", { preview });
  }

  read(): void {
    if (this.last <= this.readUpTo || !this.standing) return;
    this.readUpTo = this.last;
    if (this.said[this.said.length - 1]?.from !== "me") this.tell("read/", { talk: this.standing.talk, number: this.last });
  }

  async leave(): Promise<void> {
    await this.ask("leave/", { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } }).catch(() => undefined);
  }

  /** A file's address: our own page's cookie opens it; elsewhere it is fetched with the token. */
  async file(uuid: string, small: boolean): Promise<string> {
    if (this.ours) return this.address(`file/${uuid}/`, small ? { p: 1 } : {});
    const answer = await this.ask(`file/${uuid}/`, {}, small ? { p: 1 } : {});
    if (!answer.ok) throw new Error(String(answer.status));
    return URL.createObjectURL(await answer.blob());
  }
}

function packed(one: Waiting): RequestInit {
  const body = { ...one.body, client_id: one.id, ...(one.tried ? { again: true } : {}) };
  if (!one.files) return { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const form = new FormData();
  for (const [field, value] of Object.entries(body)) form.append(field, String(value));
  for (const file of one.files) form.append("files", file, file.name);
  return { body: form };
}

/** A name that nobody can guess, of so many bytes. */
function name(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...random)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
