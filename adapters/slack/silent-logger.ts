/** Bolt logs what it hears; here only what we say ourselves is logged, and never what people said. */
import { type Logger, LogLevel } from '@slack/bolt';

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => LogLevel.ERROR,
};
