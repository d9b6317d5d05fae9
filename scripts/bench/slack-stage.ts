/** What a bench of whole turns in Slack plays on: the stand-in Slack, a model over HTTP and an engine. */
import { BOT_SCOPES } from '../../adapters/slack/scopes.ts';
import { type SlackServer, startSlack } from '../../test/fakes/slack-server.ts';
import { addUser } from '../../test/fakes/slack-world.ts';
import type { Program } from './program.ts';
import { createStage, type Stage } from './stage.ts';
import type { TokenServerOptions } from './token-server.ts';

export interface SlackStage extends Stage {
  slack: SlackServer;
  /** Starts a program in this Slack, with a table of that name to itself. */
  start(file: string, tableName: string): Promise<Program>;
}

/** Who speaks on it. */
export const SPEAKER = 'UANN';

export async function createSlackStage(pace: TokenServerOptions): Promise<SlackStage> {
  const slack = await startSlack({ scopes: new Set(BOT_SCOPES) });
  const stage = await createStage(pace);
  const { world } = slack;
  addUser(world, SPEAKER, 'Ann');
  addUser(world, world.botUser, 'Bot', { bot: true });
  const chat = {
    ...{ SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: world.botToken },
    ...{ SLACK_SIGNING_SECRET: world.signingSecret },
  };

  async function close(): Promise<void> {
    await stage.close();
    await slack.stop();
  }

  return { ...stage, slack, start: (file, name) => stage.start(file, name, chat), close };
}
