/**
 * Errors by who failed and who may read them. A `ChatError`'s message is written for the people in
 * the thread; everything else is logged under a reference and answered with an apology.
 */

/** What a person did cannot be done; the message says why and what to do. */
export class ChatError extends Error {
  override name = 'ChatError';
}

/** The table did not answer in time, or refused for a reason that passes. Nothing is known to be stored. */
export class StoreUnavailableError extends Error {
  override name = 'StoreUnavailableError';

  constructor(operation: string, cause: unknown) {
    super(
      `The table did not answer (${operation}): is DynamoDB reachable? \`npm run doctor\` looks.`,
      {
        cause,
      },
    );
  }
}

/** An address that people entered leads where the operator allows none to lead. Nothing was sent there. */
export class ForbiddenAddressError extends Error {
  override name = 'ForbiddenAddressError';

  constructor(host: string) {
    super(
      `${host} is, or leads to, an address inside a private network, which is not allowed; enter a public one, or set ALLOW_PRIVATE_ADDRESSES=true where the bot runs`,
    );
  }
}

/** What was given from outside is not well-formed; `problems` names every one. */
export class InvalidInputError extends Error {
  override name = 'InvalidInputError';
  readonly problems: string[];

  constructor(subject: string, problems: string[], options?: ErrorOptions) {
    super(`${subject}: ${problems.join('; ')}`, options);
    this.problems = problems;
  }
}
