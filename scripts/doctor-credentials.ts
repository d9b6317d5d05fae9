/** What only the other side can tell the doctor: whether a key or token works. Nothing is changed there. */
import type { Config } from '../src/config.ts';
import { ChatError } from '../src/core/errors.ts';
import type { ConnectionCheck, Provider } from '../src/core/provider.ts';
import { parseProjectRef } from '../src/core/tracker.ts';
import { createProvider } from '../src/providers/connect.ts';
import { createTrackers } from '../src/trackers/index.ts';
import type { Finding } from './doctor-checks.ts';

const VENDORS = ['openai', 'anthropic', 'google', 'ollama'] as const;
const TRACKERS = ['github', 'gitlab'] as const;

/** Milliseconds until a side that does not answer counts as unreachable. */
const PATIENCE_MS = 15_000;

/** One finding for each vendor and tracker that the environment connects. */
export async function checkCredentials(config: Config): Promise<Finding[]> {
  const vendors = VENDORS.map((name) => checkVendor(config, name));
  const trackers = TRACKERS.map((name) => checkTrackerAccess(config, name));
  return (await Promise.all([...vendors, ...trackers])).flatMap((finding) => finding ?? []);
}

async function checkVendor(
  { providers }: Config,
  name: (typeof VENDORS)[number],
): Promise<Finding | undefined> {
  const settings = providers[name];
  if (!settings) return undefined;
  const provider = await createProvider({ ...settings, kind: name, name });
  const prefix = name.toUpperCase();
  const variables =
    name === 'ollama' ? [`${prefix}_BASE_URL`] : [`${prefix}_API_KEY`, `${prefix}_BASE_URL`];
  return toFinding(name, async () => {
    const check = advise(await provider.testConnection(), variables);
    const missing = check.ok && settings.model && (await lacksModel(provider, settings.model));
    if (!missing) return check;
    const variable = `${prefix}_MODEL`;
    return {
      ok: false,
      message: `There is no model ${settings.model}; set ${variable} to another.`,
    };
  });
}

/** Some compatible servers answer under names they do not list. */
async function lacksModel(provider: Provider, model: string): Promise<boolean> {
  const models = await provider.listModels();
  return models.length > 0 && !models.some(({ id }) => id === model || id === `${model}:latest`);
}

/** Without the default project only the token itself can be looked at. */
async function checkTrackerAccess(
  config: Config,
  name: (typeof TRACKERS)[number],
): Promise<Finding | undefined> {
  const { github, gitlab, defaultProject } = config.trackers;
  const isConnected = name === 'github' ? github?.access : gitlab?.token;
  if (!isConnected) return undefined;
  const ref = defaultProject?.startsWith(`${name}:`) ? defaultProject : undefined;
  return toFinding(name, async () => {
    const tracker = await createTrackers(config).choose(ref ?? `${name}:any`);
    const check = await tracker.testConnection(ref && parseProjectRef(ref).project);
    return advise(check, [...ACCESS_VARIABLES[name], ...(ref ? ['DEFAULT_PROJECT'] : [])]);
  });
}

const ACCESS_VARIABLES = {
  github: ['GITHUB_TOKEN or GITHUB_APP_ID', 'GITHUB_API_URL'],
  gitlab: ['GITLAB_TOKEN', 'GITLAB_URL'],
};

/** The other side says what failed; here is where to look. */
function advise(check: ConnectionCheck, variables: string[]): ConnectionCheck {
  if (check.ok) return check;
  return {
    ok: false,
    message: `${check.message} Look at ${variables.join(', ')}, and the network.`,
  };
}

async function toFinding(subject: string, ask: () => Promise<ConnectionCheck>): Promise<Finding> {
  const late = new Promise<ConnectionCheck>((resolve) => {
    const message = `no answer within ${PATIENCE_MS / 1_000} s; check the address`;
    setTimeout(resolve, PATIENCE_MS, { ok: false, message }).unref();
  });
  const asked = ask().catch((error: unknown): ConnectionCheck => {
    if (error instanceof ChatError) return { ok: false, message: error.message };
    throw error;
  });
  const { ok, message } = await Promise.race([asked, late]);
  return { level: ok ? 'ok' : 'wrong', subject, text: message };
}
