const redacted = '<redacted>';
const sensitiveName = /(?:token|secret|password|passwd|authorization|cookie|privatekey|signingkey|macaroon)$/;

const parameter = /([\w%.~-]{1,100})=([^&;,\s"'#]*)/g;
const jsonMember = /(["'])([\w.-]{1,100})\1(\s*:\s*)(?:"(?:[^"\\]|\\.)*"|'[^']*')/g;
const bearer = /\b(bearer|basic)\s+[A-Za-z0-9\-._~+/=]{4,}/gi;
const matrixSignature = /(\bsig=)("[^"]*"|[^\s,]+)/g;
/** By which a user says on the consent page who they are. */
const consentSignature = /([?&]h=)[0-9a-f]{32,}/gi;
const urlPassword = /(:\/\/[^\s:/?#@]*:)[^\s/?#@]+@/g;
const suspicious = /[=@:]|bearer|basic/i;

/** Whether the value under this name is a secret, whatever its case and punctuation: `as_token`, `Authorization`. */
export function isSensitiveName(name: string): boolean {
  return sensitiveName.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

/** Takes tokens out of a text: parameters however they are encoded, JSON, headers, passwords in URLs. */
export function redactText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(parameter, (match, name: string) => (isSensitiveName(decode(name)) ? `${name}=${redacted}` : match))
    .replace(jsonMember, (match, quote: string, name: string, colon: string) =>
      isSensitiveName(name) ? `${quote}${name}${quote}${colon}"${redacted}"` : match,
    )
    .replace(bearer, `$1 ${redacted}`)
    .replace(matrixSignature, `$1${redacted}`)
    .replace(consentSignature, `$1${redacted}`)
    .replace(urlPassword, `$1${redacted}@`);
}

function decode(name: string): string {
  return name.replaceAll(/%([0-9A-Fa-f]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
