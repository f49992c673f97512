export interface HostOptions {
  /** The app's folder, with package.json and host.json. */
  readonly appDir: string;
  /** The public port; 0 for any. Left out: `Host.LocalHttpPort` of local.settings.json, else 7071. */
  readonly port?: number;
  /** The address to listen on; left out: this machine only. */
  readonly hostname?: string;
  /** How many times as fast as real time the app's clock runs. */
  readonly speed?: number;
  /** Where the host keeps its journal, keys and clock; left out: `.local/host` in the app's folder. */
  readonly dataDir?: string;
  /** Whether callers need keys. */
  readonly auth?: boolean;
  readonly write?: (text: string) => void;
}

export interface Host {
  /** `http://localhost:7071` */
  readonly url: string;
  readonly port: number;
  /** Resolves with the reason when the host cannot go on and has to be stopped; stays open otherwise. */
  readonly failed: Promise<string>;
  /** Ends what runs, keeps what is to go on, and closes everything. Calling it again waits for the same end. */
  stop(): Promise<void>;
}
