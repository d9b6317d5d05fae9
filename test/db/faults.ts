/** What a local engine hides: conflicts, and answers that are lost after the write. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../src/db/client.ts';

/** The next request commits, but its answer never arrives. */
export function loseNextAnswer(table: Table): void {
  atNextRequest(table, async (send) => {
    await send();
    throw Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
  });
}

/** The next request's answer is lost on its way to the SDK, which sends it again. */
export function repeatNextRequest(table: Table): void {
  atNextRequest(table, async (send) => {
    await send();
    return send();
  });
}

/** The next `times` requests meet another transaction on the same item. */
export function conflictNext(table: Table, times: number): void {
  if (times === 0) return;
  atNextRequest(table, async () => {
    conflictNext(table, times - 1);
    throw new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: { httpStatusCode: 400 },
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'TransactionConflict' }],
    });
  });
}

function atNextRequest(
  { documents }: Table,
  act: (send: () => Promise<unknown>) => Promise<unknown>,
): void {
  const name = 'next-request';
  documents.middlewareStack.add(
    (next) => async (args) => {
      documents.middlewareStack.remove(name);
      return (await act(() => next(args))) as Awaited<ReturnType<typeof next>>;
    },
    { step: 'initialize', name, override: true },
  );
}
