const redacted = '<redacted>';
const sensitiveName =
  /^(?:pass|mac|sig|signature)$|(?:token|secret|password|passphrase|passwd|authorization|cookie|(?:private|signing|secret|access|api)key|macaroon)$/;

const parameter = /([\w%.~-]{1,100})=(?:"[^"]*"|'[^']*'|[^&;,\s"'#]*)/g;
/** In JSON, and as Node shows objects, whose names have no quotes. */
const member = /(?<![\w.-])(["']?)([\w.-]{1,100})\1(\s*:\s*)(?:"(?:[^"\\]|\\.)*"|'[^']*')/g;
const bearer = /\b(bearer|basic)\s+[A-Za-z0-9\-._~+/=]{4,}/gi;
const matrixSignature = /(\bsig=)("[^"]*"|[^\s,]+)/g;
/** By which a user says on the consent page who they are. */
const consentSignature = /([?&]h=)[0-9a-f]{32,}/gi;
const urlPassword = /(:\/\/[^\s:/?#@]*:)[^\s/?#@]+@/g;
/** Of paths of the admin API. */
const registrationToken = /(\/registration_tokens\/)(?!new\b)[^\s/?#"']+/g;
/** Tokens that Plexus gives, wherever they stand. */
const ownToken = /\bpl[xrlo]_[\w-]{20,}/g;
const privateKey = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g;
const suspicious = /[=@:]|bearer|basic|pl[xrlo]_|PRIVATE KEY|registration_tokens/i;

/** Whether the value under this name is a secret, whatever its case and punctuation: `as_token`, `Authorization`. */
export function isSensitiveName(name: string): boolean {
  return sensitiveName.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

/** Takes tokens out of a text: parameters however they are encoded, JSON, headers, passwords in URLs, private keys, and tokens of Plexus. */
export function redactText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(parameter, (match, name: string) => (isSensitiveName(decode(name)) ? `${name}=${redacted}` : match))
    .replace(member, (match, quote: string, name: string, colon: string) =>
      isSensitiveName(name) ? `${quote}${name}${quote}${colon}"${redacted}"` : match,
    )
    .replace(bearer, `$1 ${redacted}`)
    .replace(matrixSignature, `$1${redacted}`)
    .replace(consentSignature, `$1${redacted}`)
    .replace(urlPassword, `$1${redacted}@`)
    .replace(registrationToken, `$1${redacted}`)
    .replace(ownToken, redacted)
    .replace(privateKey, redacted);
}

function decode(name: string): string {
  return name.replaceAll(/%([0-9A-Fa-f]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
