/**
 * `npm run slack:manifest`: the app's manifest, to be pasted where Slack makes apps. Socket Mode
 * unless the environment says HTTP (`SLACK_SIGNING_SECRET`, or `PUBLIC_URL` without
 * `SLACK_APP_TOKEN`); `--socket`, `--http` and `--many` say it outright. It runs before there is any
 * token, so it asks for nothing it does not need.
 */
import { parseArgs } from 'node:util';
import { createManifest, type ManifestOptions } from '../adapters/slack/manifest.ts';
import { readVariables } from '../src/environment.ts';

const { values: given } = parseArgs({
  options: {
    socket: { type: 'boolean', default: false },
    http: { type: 'boolean', default: false },
    many: { type: 'boolean', default: false },
  },
});
const options = chooseOptions();
const needsAddress = options.connection === 'http' || options.workspaces === 'many';
if (needsAddress && !options.publicUrl?.startsWith('https://')) {
  const reason = options.connection === 'http' ? 'over HTTP' : 'for many workspaces';
  console.error(
    `PUBLIC_URL must be an https address ${reason}, where Slack reaches this server; --socket needs none for one workspace.`,
  );
  process.exitCode = 1;
} else {
  console.log(JSON.stringify(createManifest(options), undefined, 2));
}

function chooseOptions(): ManifestOptions {
  const { values, isSet } = readVariables(process.env);
  const isHttp =
    given.http ||
    (!given.socket &&
      !isSet('SLACK_APP_TOKEN') &&
      (isSet('SLACK_SIGNING_SECRET') || isSet('PUBLIC_URL')));
  return {
    connection: isHttp ? 'http' : 'socket',
    workspaces: given.many || isSet('SLACK_CLIENT_ID') ? 'many' : 'one',
    publicUrl: values.PUBLIC_URL,
  };
}
