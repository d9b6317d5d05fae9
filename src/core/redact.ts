/**
 * Finds secrets by their known shapes in text that people paste, and takes them out before the text
 * is stored, sent to a model or logged. Shapes are those the issuers document; where a shape is
 * only a habit (`password=…`), the value must look like one. Every pattern is bounded or anchored
 * on rare text, so that the time grows with the length of the text and no faster.
 */

interface SecretShape {
  kind: string;
  pattern: RegExp;
  /** The part of the match that is replaced; everything when absent. */
  keepPrefix?: true;
}

const SHAPES: readonly SecretShape[] = [
  {
    kind: 'private key',
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?:[^-]|-(?!----)){0,20000}-----END [A-Z0-9 ]{0,60}-----|(?:(?:\s|\\[nr]){1,4}[A-Za-z0-9+/=]{20,100}){1,400})/g,
  },
  {
    kind: 'Slack webhook',
    pattern:
      /https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/[\w/+-]{10,200}/g,
  },
  {
    kind: 'Discord webhook',
    pattern:
      /https:\/\/(?:\w{1,10}\.)?discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{15,25}\/[\w-]{30,120}/g,
  },
  { kind: 'Slack token', pattern: /(?<![\w-])(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]{10,400}/g },
  { kind: 'GitHub token', pattern: /\b(?:gh[opsur]_\w{20,255}|github_pat_\w{20,255})/g },
  {
    kind: 'GitLab token',
    pattern: /(?<![\w-])gl(?:pat|ptt|ft|rt|cbt|dt|oas|agent|imt|soat|ffct)-[\w.-]{18,300}/g,
  },
  { kind: 'Anthropic key', pattern: /(?<![\w-])sk-ant-[\w-]{16,300}/g },
  {
    kind: 'OpenAI key',
    pattern:
      /(?<![\w-])sk-(?:(?:proj|svcacct|admin|or-v1)-[\w-]{20,300}|(?=[a-z]{0,60}[A-Z\d])[A-Za-z0-9_]{20,200})/g,
  },
  { kind: 'Stripe key', pattern: /\b(?:sk|rk)_(?:live|test)_\w{16,200}|\bwhsec_[\w+/=]{20,200}/g },
  { kind: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { kind: 'AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g },
  { kind: 'Google key', pattern: /(?<![\w-])AIza[\w-]{35}(?![\w-])/g },
  { kind: 'Google token', pattern: /(?<![\w-])(?:ya29\.[\w-]{20,500}|GOCSPX-[\w-]{20,60})/g },
  {
    kind: 'Discord token',
    pattern: /(?<![\w-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,45}(?![\w-])/g,
  },
  { kind: 'JWT', pattern: /(?<![\w-])eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{10,2000}/g },
  {
    kind: 'JWE',
    pattern:
      /(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{0,1000}\.[\w-]{10,40}\.[\w-]{0,8000}\.[\w-]{20,40}\b/g,
  },
  {
    kind: 'password',
    pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@?#"'<>]{0,100}:)[^\s/@"'<>]{1,200}(?=@)/gi,
    keepPrefix: true,
  },
  {
    kind: 'credential',
    pattern:
      /(\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:bearer|basic|token)\s{1,3})[\w.~+/=-]{8,2000}/gi,
    keepPrefix: true,
  },
  {
    kind: 'credential',
    pattern: /(\bbearer\s)(?=[\w.~+/=-]{0,200}\d)[\w.~+/=-]{20,2000}/gi,
    keepPrefix: true,
  },
];

/** `name = value` where the name speaks of a secret; whether the value looks like one, code decides. */
const ASSIGNMENT =
  /((?<![a-z0-9])[\w.-]{0,40}(?:passwords?|passwd|passphrase|pwd|secrets?|api[_-]?keys?|access[_-]?keys?|private[_-]?key|auth[_-]?key|tokens?|credentials?)["'`]?[ \t]{0,3}(?::=|=>|[:=])[ \t]{0,3})("[^"\n]{1,500}"|'[^'\n]{1,500}'|`[^`\n]{1,500}`|[^\s"'`,;<>()[\]{}]{1,500})/gi;

/** What stands where a value would, without being one: code, references, examples, words. */
const NO_VALUE =
  /^(?:null|undefined|none|nil|true|false|string|number|required|optional|missing|empty|invalid|expired|wrong|unknown|redacted|changeme|example|\.{3}|…|x{3,}|\*{2,}|\$.*|%.*|<.*|\[redacted.*|process\.env.*|os\.environ.*|env\..*|secrets?\..*|config\..*|your[_-].*|\d{1,6})$/i;

/** The text with every secret of a known shape replaced by `[redacted: kind]`. */
export function redactSecrets(text: string): string {
  let result = text;
  for (const { kind, pattern, keepPrefix } of SHAPES) {
    result = result.replace(pattern, (_, prefix: unknown) =>
      keepPrefix ? `${String(prefix)}[redacted: ${kind}]` : `[redacted: ${kind}]`,
    );
  }
  return result.replace(ASSIGNMENT, redactAssignment);
}

function redactAssignment(
  match: string,
  name: string,
  value: string,
  offset: number,
  text: string,
): string {
  const called = text[offset + match.length] === '(';
  const bare = value.replaceAll(/^["'`]|["'`]$/g, '').replace(/[.!?]+$/, '');
  if (called || !looksSecret(name, bare)) return match;
  const kind = isPassword(name) ? 'password' : 'secret';
  return `${name}[redacted: ${kind}]`;
}

/**
 * `password: hunter2` is a secret, "Token: expired" and `token = getToken()` are not. Passwords may
 * be short; other secrets are long and mix letters with digits or signs.
 */
function looksSecret(name: string, value: string): boolean {
  if (value.includes('[redacted') || NO_VALUE.test(value)) return false;
  const mixed = /[a-z]/i.test(value) && /[\d!@#$%^&*+/=~]/.test(value);
  if (isPassword(name)) return value.length >= 4 && (mixed || name.endsWith('='));
  return mixed && value.length >= 12;
}

function isPassword(name: string): boolean {
  return /pass|pwd/i.test(name);
}
