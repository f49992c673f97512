// Loaded by every child of the local stack before its own code: when the stack is killed without a chance to stop its
// children, the channel between them closes, and no process is left behind to hold the ports and the data.
const graceMs = 5_000;

process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => {
    process.kill(process.pid, 'SIGKILL');
  }, graceMs).unref();
});
process.channel?.unref();
