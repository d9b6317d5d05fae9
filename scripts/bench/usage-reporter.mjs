/** Imported first by a measured program: tells whoever started it what it has used so far. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system, residentBytes: process.memoryUsage().rss });
});
process.on('disconnect', () => process.exit(1));
