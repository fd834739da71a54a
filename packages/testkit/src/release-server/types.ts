import type { IncomingHttpHeaders } from 'node:http';

/** One request that arrived, in the order of arrival. */
export interface ReleaseRequest {
  readonly method: string;
  /** As sent, with the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether its answer is over: sent, cut, or given up by the client. */
  readonly done: boolean;
}

/** How a file is sent other than it should be; nothing said, it is sent as an honest server sends it. */
export interface Faults {
  /** The connection breaks after so many bytes of the body. */
  readonly cut?: number;
  /** Silence after so many bytes of the body, the connection open; `headers`: not even a status. */
  readonly stall?: number | 'headers';
  /** What Content-Length says, whatever is sent. */
  readonly announce?: number;
  /** No Content-Length. */
  readonly chunked?: boolean;
  /** One byte each so many milliseconds. */
  readonly drip?: number;
  /** The body again and again, without a Content-Length, until the client goes. */
  readonly endless?: boolean;
  /**
   * How `Range` is answered: `ignored` by a 200 with all of it; by a 206 of another part (`start`), with another length of
   * the whole (`total`), with another ETag (`etag`), without `Content-Range` (`none`), for a request that asks for no part
   * (`unasked`); `refused` by 416; `blind` without a look at `If-Range`.
   */
  readonly range?: 'ignored' | 'start' | 'total' | 'etag' | 'none' | 'unasked' | 'refused' | 'blind';
}

/** A file. It has a strong ETag of its bytes, and parts of it can be asked for, also under `If-Range`. */
export interface FileReply extends Faults {
  readonly body: string | Uint8Array;
  /** Its Content-Type: `application/octet-stream`. */
  readonly type?: string;
  /** Another ETag; `null` for none. */
  readonly etag?: string | null;
  /** Its Last-Modified: none. */
  readonly modified?: Date;
}

/** What is answered: a file, its bytes alone, a value as JSON, a redirect (302 unless said otherwise), or any status. */
export type Reply =
  | string
  | Uint8Array
  | FileReply
  | { readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly redirect: string; readonly status?: number }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export type Replier = Reply | ((request: ReleaseRequest) => Reply);

/** A release as GitHub has it. */
export interface Release {
  /** `palomachain/paloma`. */
  readonly repository: string;
  /** May hold a slash: dYdX's is `protocol/v5.0.5`. */
  readonly tag: string;
  /** Its files by name. */
  readonly assets: Readonly<Record<string, string | Uint8Array | FileReply>>;
  /** Now, by default. */
  readonly published?: Date;
  readonly prerelease?: boolean;
  /** Whether the API tells each asset's `digest`, as GitHub's does for what was uploaded since June 2025: true. */
  readonly digests?: boolean;
}
