import { escapeHtml } from '@plexus/service-shell';
import { DUMMY, EMAIL, PASSWORD, REGISTRATION_TOKEN } from '../../authentication/auth-stage.ts';
import type { TermLink } from '../../consent/registration-terms.ts';
import type { HtmlPage } from '../html-page.ts';

/** Sends the form to the page's own address, and tells the client when the stage is complete, as the specification has it. */
const SUBMIT = `
const [form] = document.forms;
const problem = document.querySelector('[role=alert]');
const complete = () => {
  form.hidden = true;
  document.querySelector('#done').hidden = false;
  if (window.onAuthDone) {
    window.onAuthDone();
  } else if (window.opener && window.opener.postMessage) {
    window.opener.postMessage('authDone', '*');
  }
};
const post = (path, body) =>
  fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  problem.textContent = '';
  const response = await post(location.href, collect(form.elements));
  if (response.ok) complete();
  else problem.textContent = (await response.json()).error;
});
`;

const DONE = '<p role="alert"></p><p id="done" hidden>Thank you. You may close this window and return to your app.</p>';

const PAGES: Readonly<Record<string, HtmlPage>> = {
  [DUMMY]: {
    title: 'Continue',
    body: `<form><p>There is nothing to enter here.</p><button>Continue</button></form>${DONE}`,
    script: `const collect = () => ({});${SUBMIT}`,
  },
  [PASSWORD]: {
    title: 'Confirm your password',
    body: `<form><label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Confirm</button></form>${DONE}`,
    script: `const collect = ({ password }) => ({ password: password.value });${SUBMIT}`,
  },
  [REGISTRATION_TOKEN]: {
    title: 'Registration token',
    body: `<form><label>The token that you were given <input name="token" autocomplete="off" required></label>
<button>Continue</button></form>${DONE}`,
    script: `const collect = ({ token }) => ({ token: token.value.trim() });${SUBMIT}`,
  },
  [EMAIL]: {
    title: 'Confirm your email address',
    body: `<form><label>Email address <input name="address" type="email" required></label>
<button type="button" id="send">Send me a mail</button>
<p>Follow the link in the mail, then continue.</p><button>Continue</button></form>${DONE}`,
    script: `
const secret = crypto.randomUUID();
let sid = '';
let attempt = 0;
const collect = () => ({ threepid_creds: { sid, client_secret: secret } });
${SUBMIT}
document.querySelector('#send').addEventListener('click', async () => {
  problem.textContent = '';
  attempt += 1;
  const body = { client_secret: secret, email: form.elements.address.value, send_attempt: attempt };
  const response = await post('/_matrix/client/v3/register/email/requestToken', body);
  const answer = await response.json();
  if (response.ok) sid = answer.sid;
  else problem.textContent = answer.error;
});
`,
  },
};

/** The page of the stage in which one agrees to terms, with where they are to be read. */
export function buildTermsPage(links: readonly TermLink[]): HtmlPage {
  const items = links.map(({ title, url }) => {
    const href = escapeHtml(url);
    return `<li><a href="${href}" target="_blank" rel="noreferrer noopener">${escapeHtml(title)}</a></li>`;
  });
  return {
    title: 'Terms of service',
    body: `<form><p>Please read this, and agree to it to go on:</p><ul>${items.join('')}</ul><button>I agree</button></form>${DONE}`,
    script: `const collect = () => ({});${SUBMIT}`,
  };
}

/** The page of a stage; nothing for one that is not offered. */
export function findFallbackPage(authType: string): HtmlPage | undefined {
  return Object.hasOwn(PAGES, authType) ? PAGES[authType] : undefined;
}
