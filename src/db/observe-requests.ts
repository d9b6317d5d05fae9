/** Tells of every request to the table, at the SDK's middleware: its name, how long it took, how it ended. */
import type { Table } from './client.ts';

export interface ObservedRequest {
  /** `Query`, `TransactWriteItems`, … */
  operation: string;
  /** With the SDK's own retries. */
  seconds: number;
  /** `ok`, or the error's name: `TransactionCanceledException` is an answer like any other. */
  outcome: string;
}

export function observeRequests(
  { documents }: Pick<Table, 'documents'>,
  observe: (request: ObservedRequest) => void,
): void {
  documents.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context.commandName).replace(/Command$/, '');
      const begun = performance.now();
      let outcome = 'ok';
      try {
        return await next(args);
      } catch (error) {
        outcome = error instanceof Error ? error.name : 'unknown';
        throw error;
      } finally {
        observe({ operation, seconds: (performance.now() - begun) / 1_000, outcome });
      }
    },
    { step: 'initialize', name: 'observe-requests' },
  );
}
