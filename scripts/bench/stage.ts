/** What a bench of whole turns plays on, whatever the chat: an engine, a model over HTTP, and the programs on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine, type TestEngine } from '../../test/engine.ts';
import { type Program, startProgram } from './program.ts';
import { startTokenServer, type TokenServer, type TokenServerOptions } from './token-server.ts';

export interface Stage {
  engine: TestEngine;
  model: TokenServer;
  /** Starts a program on this stage, with a table of that name to itself; `chat` is what it knows of its chat. */
  start(file: string, tableName: string, chat?: Record<string, string>): Promise<Program>;
  /** Stops what was started, then the stage. */
  close(): Promise<void>;
}

export async function createStage(pace: TokenServerOptions): Promise<Stage> {
  const [engine, model] = await Promise.all([startEngine(), startTokenServer(pace)]);
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-stage-'));
  const programs: Program[] = [];

  async function start(
    file: string,
    tableName: string,
    chat: Record<string, string> = {},
  ): Promise<Program> {
    await engine.table(tableName);
    const env = {
      ...{ DATA_DIR: dataDir, LOG_LEVEL: 'warn', ALLOW_PRIVATE_ADDRESSES: 'true' },
      ...{ DYNAMODB_ENDPOINT: engine.endpoint, DYNAMODB_TABLE_NAME: tableName },
      ...{ OPENAI_API_KEY: 'sk-bench', OPENAI_BASE_URL: model.baseUrl, OPENAI_MODEL: 'm' },
      ...chat,
    };
    const program = await startProgram({ file, env });
    programs.push(program);
    return program;
  }

  async function close(): Promise<void> {
    await Promise.all(programs.map((program) => program.stop()));
    await Promise.all([engine.stop(), model.stop()]);
    await rm(dataDir, { recursive: true });
  }

  return { engine, model, start, close };
}
