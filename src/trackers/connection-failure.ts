/** What became of a request that got no answer, by the errors of Node's fetch. */

/** With these, no request ever left. */
const NOT_CONNECTED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|.*CERT.*|.*SIGNATURE.*)$/;

/** Whether it is certain that nothing was sent. */
export function neverLeft(error: unknown): boolean {
  return NOT_CONNECTED.test(codeOf(error) ?? '');
}

/** Node's own code for what happened to a connection. */
export function codeOf(error: unknown): string | undefined {
  const codes = causesOf(error).map((cause) => (cause as { code?: unknown }).code);
  return codes.find((code) => typeof code === 'string');
}

/** The error itself, and what it was caused by. */
export function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) {
    causes.push(cause);
  }
  return causes;
}
