/** The arguments of `npm run chat`, checked before anything starts. */
import { parseArgs } from 'node:util';
import { InvalidInputError } from '../src/core/errors.ts';
import { projectRefSchema } from '../src/core/settings.ts';
import { PROVIDERS } from '../src/environment.ts';

export const USAGE = `npm run chat                      a thread in this terminal
npm run chat -- --prompt TEXT     one turn, then the end; --prompt - reads standard input

  --json               one JSON document {conversation, messages, tickets, approval} on standard output
                       (use npm run --silent, so that npm itself prints nothing there)
  --image FILE         sent along, for a model that can see; as often as there are images
  --approve all        publish every draft of the turn; --approve 2 only the second
  --conversation ID    continue a conversation
  --project NAME       where issues go: local:name, github:owner/repo, gitlab:group/project
  --provider NAME      who answers: openai, anthropic, google, ollama, offline
  --tracker NAME       checks that the project is of this tracker: local, github, gitlab
  --help               this text`;

export interface ChatArguments {
  help: boolean;
  /** `-` for standard input; absent: interactive. */
  prompt?: string;
  json: boolean;
  /** Paths. */
  image: string[];
  approve?: 'all' | number;
  conversation?: string;
  project?: string;
  provider?: string;
}

/** Throws `InvalidInputError` with everything that is wrong. */
export function parseChatArguments(args: string[]): ChatArguments {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      prompt: { type: 'string' },
      json: { type: 'boolean', default: false },
      image: { type: 'string', multiple: true, default: [] },
      approve: { type: 'string' },
      conversation: { type: 'string' },
      project: { type: 'string' },
      provider: { type: 'string' },
      tracker: { type: 'string' },
    },
  });
  const project = toProject(values.project, values.tracker);
  const problems = problemsOf(values, project);
  if (problems.length > 0) throw new InvalidInputError('arguments', problems);
  const { tracker: _, approve, ...rest } = values;
  return {
    ...rest,
    ...(approve !== undefined && { approve: approve === 'all' ? 'all' : Number(approve) }),
    ...(project !== undefined && { project }),
  };
}

/** `--tracker local --project shop` says the same as `--project local:shop`. */
function toProject(project: string | undefined, tracker: string | undefined): string | undefined {
  if (project === undefined || tracker === undefined || project.includes(':')) return project;
  return `${tracker}:${project}`;
}

interface Values {
  prompt?: string;
  json?: boolean;
  image?: string[];
  approve?: string;
  provider?: string;
  tracker?: string;
}

function problemsOf(values: Values, project: string | undefined): string[] {
  const { prompt, json, image = [], approve, provider, tracker } = values;
  const problems: string[] = [];
  if (prompt === undefined && json) problems.push('--json needs --prompt');
  if (prompt === undefined && image.length > 0) problems.push('--image needs --prompt');
  if (prompt === undefined && approve !== undefined) problems.push('--approve needs --prompt');
  if (approve !== undefined && !/^(all|[1-9]\d{0,5})$/.test(approve)) {
    problems.push('--approve takes all or the number of a draft');
  }
  if (project !== undefined && !projectRefSchema.safeParse(project).success) {
    problems.push('--project must look like local:name, github:owner/repo or gitlab:group/project');
  }
  if (provider !== undefined && !PROVIDERS.some((name) => name === provider)) {
    problems.push(`--provider takes one of ${PROVIDERS.join(', ')}`);
  }
  if (tracker !== undefined && project === undefined) problems.push('--tracker needs --project');
  if (tracker !== undefined && project !== undefined && !project.startsWith(`${tracker}:`)) {
    problems.push('--tracker and --project name different trackers');
  }
  return problems;
}
