// Every child process of the stack loads this module before its own code. When the parent ends in any way, even killed, the
// child ends too, so that no process keeps the ports and the data.
const graceMs = 5_000;

function end(): void {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => {
    process.kill(process.pid, 'SIGKILL');
  }, graceMs).unref();
}

if (process.channel === undefined) {
  // Without a channel, the standard input is a pipe from the parent.
  process.stdin.once('end', end);
  process.stdin.resume();
  process.stdin.unref();
} else {
  process.once('disconnect', end);
  process.channel.unref();
}
