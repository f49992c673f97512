/** An answer of the emulator, before it becomes a response. */
export interface GraphAnswer {
  readonly status: number;
  readonly body?: object;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the request changed, for the log. */
  readonly effect?: string;
}

/** A refusal in Graph's shape; the ids and the date are filled in where the answer is sent (Graph: error responses). */
export class GraphRefusal extends Error {
  override readonly name = 'GraphRefusal';
  readonly status: number;
  readonly code: string;
  readonly details: readonly {
    readonly code: string;
    readonly target?: string;
    readonly message: string;
  }[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: GraphRefusal['details'] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}
