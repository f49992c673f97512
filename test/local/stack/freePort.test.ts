import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, PortInUseError, requirePort } from '../../../local/stack/freePort.ts';

const server = createServer();
afterEach(() => {
  server.close();
});

describe('ports', () => {
  it('returns a free port', async () => {
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(server.listening).toBe(true);
  });

  it('refuses a port in use, and names the port and the option', async () => {
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await expect(requirePort(port, '--graph-port')).rejects.toThrow(PortInUseError);
    await expect(requirePort(port, '--graph-port')).rejects.toThrow(
      new RegExp(`port ${String(port)} is in use.*--graph-port`),
    );
  });
});
