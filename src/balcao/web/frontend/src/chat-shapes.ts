// What the server tells a visitor (channels/webchat/telling.py), and what waits here to be sent.

export interface Choice {
  id: string;
  label: string;
  help?: string;
  aside?: boolean;
}
export interface Bubble {
  code: string;
  choices: Choice[];
  expects: string;
  sensitive?: boolean;
  alert?: boolean;
  link?: string;
}
export interface SentFile {
  uuid: string;
  name: string;
  kind: string;
  size: number;
  small: boolean;
  scanned: boolean;
}
export interface Said {
  /** The conversation that it was said in: of several where one was passed on. */
  talk?: number;
  number: number;
  from: "me" | "staff" | "bot" | "system";
  text: string;
  kind: string;
  at: string;
  client_id?: string;
  author?: string;
  bubble?: Bubble;
  files?: SentFile[];
  /** Why files that came with it were not taken. */
  refused?: string[];
  place?: [number, number];
}
export interface Standing {
  talk: number;
  state: string;
  read: number;
  attendant: string;
  there: boolean;
  line: string;
  away: string;
  /** Passed on by another agency: the conversation there, and who goes on now. */
  before?: number;
  at?: string;
}
export interface Hello {
  name: string;
  agency: string;
  theme: string;
  language: string;
  interview: boolean;
  away: string;
  words: Record<string, string>;
}
/** A message that has not gone off. `secret`: it is kept by no storage. `why`: the server refused it, with this sentence.
 * `tried`: it was on its way once, and nobody knows whether it arrived. */
export interface Waiting {
  id: string;
  order: number;
  body: Record<string, unknown>;
  shown: string;
  secret?: boolean;
  files?: File[];
  why?: string;
  gone?: boolean;
  tried?: boolean;
}
