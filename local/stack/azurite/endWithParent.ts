// Loaded by Azurite before its own code: however the parent ends, also killed, it lets go of this process's standard
// input. Azurite then saves what it holds and ends, and no process is left behind to hold the ports and the data.
const graceMs = 5_000;

process.stdin.once('end', () => {
  // Also when the parent is gone before Azurite listens for the signal: nothing is held in memory then.
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => {
    process.kill(process.pid, 'SIGKILL');
  }, graceMs).unref();
});
process.stdin.resume();
process.stdin.unref();
