// cli-progress 3.12 has no types. This file declares what the demo uses.
declare module 'cli-progress' {
  export type Payload = Readonly<Record<string, string>>;

  export interface BarOptions {
    readonly barsize: number;
  }

  export interface Options {
    readonly format?: (
      options: BarOptions,
      params: { readonly progress: number },
      payload: Payload,
    ) => string;
    readonly stream?: NodeJS.WritableStream;
    readonly fps?: number;
    readonly barsize?: number;
    readonly barCompleteChar?: string;
    readonly barIncompleteChar?: string;
    readonly hideCursor?: boolean;
    readonly clearOnComplete?: boolean;
    readonly gracefulExit?: boolean;
  }

  export interface SingleBar {
    update(value: number, payload: Payload): void;
  }

  export interface MultiBar {
    create(total: number, startValue: number, payload: Payload, options?: Options): SingleBar;
    update(): void;
    /** Prints a text above the bars; it must end in a line break. */
    log(text: string): void;
    stop(): void;
  }

  const cliProgress: {
    readonly MultiBar: new (options: Options) => MultiBar;
    readonly Format: { readonly BarFormat: (progress: number, options: BarOptions) => string };
  };
  export default cliProgress;
}
