// Loaded into every supervised process before its own program: when the channel to the supervisor closes, the supervisor is gone,
// and the program is asked to end as if by Ctrl-C. So no program needs to know that it is supervised; one that listens to its
// channel itself is left alone.

process.on('disconnect', () => {
  if (process.listenerCount('disconnect') === 1) process.kill(process.pid, 'SIGTERM');
});
