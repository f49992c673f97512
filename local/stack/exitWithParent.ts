// Loaded by every child of the local stack before its own code: when the stack is killed without a chance to stop its
// children, the channel between them closes, and no process is left behind to hold the ports.
process.once('disconnect', () => {
  process.kill(process.pid, 'SIGKILL');
});
process.channel?.unref();
