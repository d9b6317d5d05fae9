/** Starts one engine in the background and waits for its first answer. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess } from './engine-process.ts';
import type { EngineProgram } from './engine-program.ts';

/** The embedded engine cannot run; the message says why and what to do. */
export class EngineError extends Error {
  override name = 'EngineError';
}

export interface StartEngine {
  program: EngineProgram;
  port: number;
  /** Where the engine's own output goes. */
  logPath: string;
  /** Called as soon as the process exists, before it answers. */
  spawned(pid: number): void;
}

const POLL_MS = 20;
const ANSWER_MS = 2_000;

/** Resolves with the process id once the engine answers. Throws `EngineError`. */
export async function startEngine({
  program,
  port,
  logPath,
  spawned,
}: StartEngine): Promise<number> {
  const output = openSync(logPath, 'a', 0o600);
  const child = spawn(program.command, program.argumentsFor(port), {
    detached: true,
    stdio: ['ignore', output, output],
    ...(program.environment === 'none' && { env: {} }),
  });
  closeSync(output);
  let end: string | undefined;
  child.on('error', (error) => {
    end = error.message;
  });
  child.on('exit', (code, signal) => {
    end = `it ended with ${signal ?? `code ${code}`}`;
  });
  const { pid } = child;
  if (pid !== undefined) spawned(pid);
  child.unref();
  const deadline = performance.now() + program.startMs;
  while (end === undefined && performance.now() < deadline) {
    if (pid !== undefined && (await answers(endpointAt(port)))) return pid;
    await delay(POLL_MS);
  }
  if (end === undefined && pid !== undefined) await endProcess(pid);
  const reason = end ?? `no answer within ${program.startMs / 1_000} seconds`;
  throw new EngineError(
    `The engine (${program.name}) did not start: ${lastLineOf(logPath) ?? reason}; its output is in ${logPath}.`,
  );
}

export function endpointAt(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Whether something at `endpoint` speaks DynamoDB. */
export async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.ListTables',
        'x-amz-date': '20260101T000000Z',
        // Local engines want the form of a signature and do not check it.
        authorization:
          'AWS4-HMAC-SHA256 Credential=fakeMyKeyId/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: '{}',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return (await response.text()).includes('"TableNames"');
  } catch {
    return false;
  }
}

/** A port nobody listens on: `wanted` if it is free, else any; `undefined` when `wanted` must be it and is not. */
export async function choosePort(
  wanted: number | undefined,
  must: boolean,
): Promise<number | undefined> {
  if (wanted !== undefined) {
    const port = await tryPort(wanted);
    if (port !== undefined || must) return port;
  }
  return await tryPort(0);
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const chosen = typeof address === 'object' ? address?.port : undefined;
      server.close(() => resolve(chosen));
    });
  });
}

function lastLineOf(path: string): string | undefined {
  return readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) || undefined;
}
