/** The model asked with its SDK, as its documentation shows. */
import OpenAI from 'openai';

const env = process.env;
const openai = new OpenAI({ apiKey: env.OPENAI_API_KEY, baseURL: env.OPENAI_BASE_URL });

/** Streams the answer to a question that was asked after all of `history`, which is as the table holds it. */
export const ask = (question: string, history: Record<string, unknown>[] = []) =>
  openai.chat.completions.create({
    ...{ model: env.OPENAI_MODEL ?? '', stream: true, stream_options: { include_usage: true } },
    messages: [
      { role: 'system', content: 'You help a team that talks in a chat.' },
      ...history.map(({ role, text }) => ({ role: role as 'user', content: String(text) })),
      { role: 'user', content: question },
    ],
  });
