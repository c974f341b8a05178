import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { sendPage } from '../html-page.ts';

const BODY = `<h1>Log in</h1>
<form><label>User name <input name="user" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button></form><p role="alert"></p><p id="done" hidden>You are logged in.</p>`;

/** Parameters of the page go on to `/login`, those with credentials excepted. */
const SCRIPT = `
const [form] = document.forms;
const problem = document.querySelector('[role=alert]');
const given = Object.fromEntries(new URLSearchParams(location.search));
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  problem.textContent = '';
  const { user, password } = form.elements;
  const identifier = { type: 'm.id.user', user: user.value };
  const { device_id, initial_device_display_name, refresh_token } = given;
  const further = { device_id, initial_device_display_name, ...(refresh_token === 'true' && { refresh_token: true }) };
  const body = JSON.stringify({ ...further, type: 'm.login.password', identifier, password: password.value });
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch('/_matrix/client/v3/login', { method: 'POST', headers, body });
  const answer = await response.json();
  if (!response.ok) {
    problem.textContent = answer.error;
    return;
  }
  form.hidden = true;
  document.querySelector('#done').hidden = false;
  if (window.matrixLogin && window.matrixLogin.onLogin) window.matrixLogin.onLogin(answer);
  else if (window.onLogin) window.onLogin(answer);
});
`;

/** Logging in for clients that know no login flow (https://spec.matrix.org/v1.19/client-server-api/#login-fallback). */
@Controller('_matrix/static/client/login')
export class LoginPageController {
  @Get()
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    return sendPage(reply, { title: 'Log in', body: BODY, script: SCRIPT });
  }
}
