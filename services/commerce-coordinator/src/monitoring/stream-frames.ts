/**
 * What a stream of server-sent events says, as text. Pure.
 *
 * An event has no name of its own in the protocol (it is a `message`), so that whoever listens to all of them needs one listener; its
 * name is in the data. What the stream says of itself is a `notice`. Both carry the place up to which everything was seen; an event to try what listens, which has none, does not.
 */

/** What a stream says of itself. */
export type Notice =
  /** It has begun; what is committed from now on comes. */
  | { readonly code: 'live' }
  /** What follows is read from the log: whoever listens came back late, or reads slowly. Nothing is left out. */
  | { readonly code: 'behind'; readonly sinceSeconds: number }
  | { readonly code: 'caught_up' }
  /** Events are stored and do not come yet: a transaction stays open that may still write earlier ones. For so long now. */
  | { readonly code: 'held'; readonly sinceSeconds: number }
  /** It has ended. */
  | { readonly code: 'released' }
  /** Events after the given place were removed, past their retention: those of these topics that are older than this. */
  | { readonly code: 'too_old'; readonly removedBefore: Readonly<Record<string, string>> }
  /** The log was restored since: what was seen last may not be in it any more. */
  | { readonly code: 'restored' }
  /** It ends here; come again with the last id. */
  | { readonly code: 'closing' };

/** `json`: of the item. */
export function eventFrame(id: string, json: string): string {
  return `id: ${id}\ndata: ${json}\n\n`;
}

/** Something that is not in the log: it moves no place. */
export function liveFrame(item: object): string {
  return `data: ${JSON.stringify(item)}\n\n`;
}

export function noticeFrame(id: string, notice: Notice): string {
  return `id: ${id}\nevent: notice\ndata: ${JSON.stringify(notice)}\n\n`;
}

/** Keeps the connection, and moves the place over events that were not wanted. */
export function heartbeatFrame(id: string): string {
  return `: heartbeat\nid: ${id}\n\n`;
}

/** How long a client waits before it comes again. */
export function retryFrame(retryMs: number): string {
  return `retry: ${retryMs}\n\n`;
}
