/** AI vendors that people and workspaces connect. A key goes in and never comes out. */
import { z } from '@hono/zod-openapi';
import type { Bot } from '../core/bot.ts';
import { ProviderError } from '../core/provider.ts';
import type { ProviderConnection, ProviderConnections } from '../core/provider-connections.ts';
import { createConnectionRoutes, shownSchema, type Under } from './connections.ts';
import { ProblemError } from './problem.ts';
import { defineRoute, jsonAnswer } from './route.ts';

export const providerSchema = shownSchema
  .extend({
    model: z.string().optional(),
    keyEnding: z.string().optional().openapi({ description: 'The last four characters.' }),
  })
  .openapi('Provider');

const inputSchema = z
  .strictObject({
    kind: z.string().openapi({ example: 'openai' }),
    model: z.string().optional(),
    baseUrl: z.string().optional(),
    apiKey: z
      .string()
      .nullable()
      .optional()
      .openapi({ description: 'Absent: the stored one stays.' }),
  })
  .openapi('ProviderInput');
const changesSchema = inputSchema.partial().openapi('ProviderChanges');

export const modelSchema = z
  .object({ id: z.string(), contextTokens: z.int().optional(), seesImages: z.boolean().optional() })
  .openapi('Model');

export interface ProvidersOptions {
  providerConnections: ProviderConnections;
  bot: Pick<Bot, 'forgetConfiguration'>;
}

export function createProviders({ providerConnections: connections, bot }: ProvidersOptions) {
  return createConnectionRoutes({
    part: 'providers',
    schema: providerSchema,
    input: inputSchema,
    changes: changesSchema,
    connections,
    toInput({ kind, model, baseUrl }: ProviderConnection) {
      return { kind, ...(model && { model }), ...(baseUrl && { baseUrl }) };
    },
    test: (owner, name) => connections.test(owner, name),
    testQuery: z.object({}),
    addOffer: (under) => addModels(under, connections),
    bot,
  });
}

function addModels(under: Under, connections: ProviderConnections): void {
  const { app, write, path, params, tags, named } = under;
  app.openapi(
    defineRoute(write, {
      ...{ method: 'get' as const, path: `${path}/models`, tags },
      summary: "The vendor's models",
      request: { params },
      responses: { 200: jsonAnswer(z.object({ items: z.array(modelSchema) }), 'All of them.') },
    }),
    async (c) => {
      const { owner, name } = named(c);
      const models = await connections.listModels(owner, name).catch(toProblem);
      if (!models) throw new ProblemError('not-found');
      return c.json({ items: models }, 200);
    },
  );
}

function toProblem(error: unknown): never {
  if (!(error instanceof ProviderError)) throw error;
  throw new ProblemError('refused', { detail: `${error.message}.`, cause: error });
}
