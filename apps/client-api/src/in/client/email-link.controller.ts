import { Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { readQuery, submitTokenQuery } from '@plexus/matrix-api';
import { escapeHtml } from '@plexus/service-shell';
import { ValidateEmail } from '../../threepids/validate-email.ts';
import type { HtmlPage } from '../html-page.ts';
import { sendPage } from '../html-page.ts';

const CONFIRM: HtmlPage = {
  title: 'Confirm your email address',
  body: '<p>Please confirm that you have asked for this mail.</p><form method="post"><button>Confirm</button></form>',
};
const STALE: HtmlPage = {
  title: 'This link is not good any more',
  body: '<p>This link has expired, or there is a newer mail. Please use the newest one, or ask for another.</p>',
};

/** Where the links in mails lead. Who only looks, as programs that check mails do, confirms nothing. */
@Controller('_plexus/client/v1/email/submit_token')
export class EmailLinkController {
  readonly #validateEmail: ValidateEmail;

  constructor(validateEmail: ValidateEmail) {
    this.#validateEmail = validateEmail;
  }

  @Get()
  page(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): string {
    readQuery(submitTokenQuery, query);
    return sendPage(reply, CONFIRM);
  }

  @Post()
  @HttpCode(200)
  async confirm(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { sid, token } = readQuery(submitTokenQuery, query);
    const validated = await this.#validateEmail.execute(sid, token);
    return sendPage(reply, validated.outcome === 'stale' ? STALE : confirmedPage(validated.nextLink));
  }
}

/** @NOTE No redirection: anybody may have chosen the link, so that people should see where it leads. */
function confirmedPage(nextLink: string | undefined): HtmlPage {
  const link =
    nextLink === undefined ? '' : `<p>Go on to <a href="${escapeHtml(nextLink)}">${escapeHtml(nextLink)}</a></p>`;
  return {
    title: 'Thank you',
    body: `<p>Your email address is confirmed. You may close this window and return to your app.</p>${link}`,
  };
}
