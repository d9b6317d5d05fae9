/** What a bench of whole turns in Slack plays on: the stand-in Slack, a model over HTTP and an engine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOT_SCOPES } from '../../adapters/slack/scopes.ts';
import { startEngine, type TestEngine } from '../../test/engine.ts';
import { type SlackServer, startSlack } from '../../test/fakes/slack-server.ts';
import { addUser } from '../../test/fakes/slack-world.ts';
import { type Program, startProgram } from './program.ts';
import { startTokenServer, type TokenServer, type TokenServerOptions } from './token-server.ts';

export interface SlackStage {
  slack: SlackServer;
  engine: TestEngine;
  model: TokenServer;
  /** Starts a program on this stage, with a table of that name to itself. */
  start(file: string, tableName: string): Promise<Program>;
  /** Stops what was started, then the stage. */
  close(): Promise<void>;
}

/** Who speaks on it. */
export const SPEAKER = 'UANN';

export async function createSlackStage(pace: TokenServerOptions): Promise<SlackStage> {
  const slack = await startSlack({ scopes: new Set(BOT_SCOPES) });
  const [engine, model] = await Promise.all([startEngine(), startTokenServer(pace)]);
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-slack-'));
  const { world } = slack;
  addUser(world, SPEAKER, 'Ann');
  addUser(world, world.botUser, 'Bot', { bot: true });
  const programs: Program[] = [];

  async function start(file: string, tableName: string): Promise<Program> {
    await engine.table(tableName);
    const env = {
      ...{ DATA_DIR: dataDir, LOG_LEVEL: 'warn', ALLOW_PRIVATE_ADDRESSES: 'true' },
      ...{ DYNAMODB_ENDPOINT: engine.endpoint, DYNAMODB_TABLE_NAME: tableName },
      ...{ SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: world.botToken },
      ...{ SLACK_SIGNING_SECRET: world.signingSecret },
      ...{ OPENAI_API_KEY: 'sk-bench', OPENAI_BASE_URL: model.baseUrl, OPENAI_MODEL: 'm' },
    };
    const program = await startProgram({ file, env });
    programs.push(program);
    return program;
  }

  async function close(): Promise<void> {
    await Promise.all(programs.map((program) => program.stop()));
    await Promise.all([engine.stop(), model.stop(), slack.stop()]);
    await rm(dataDir, { recursive: true });
  }

  return { slack, engine, model, start, close };
}
