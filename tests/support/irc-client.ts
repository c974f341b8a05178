import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What somebody said in a channel. */
export interface IrcMessage {
  readonly nick: string;
  readonly channel: string;
  readonly text: string;
}

/** Somebody on IRC, in a channel or more. */
export class IrcClient {
  readonly messages: IrcMessage[] = [];
  /** Who came into channels, in order, and came again. */
  readonly joined: string[] = [];
  readonly #socket: Socket;
  #rest = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', () => socket.destroy());
  }

  /** Resolves when the server takes commands. */
  static async connect(port: number, nick: string): Promise<IrcClient> {
    const client = new IrcClient(connect(port, '127.0.0.1'));
    const welcomed = new Promise<void>((resolve, reject) => {
      client.#onLine = (line) => {
        if (/^\S+ 001 /.test(line)) resolve();
      };
      client.#socket.once('close', () => reject(new Error('the IRC server hangs up')));
    });
    client.#send(`NICK ${nick}`);
    client.#send(`USER ${nick} 0 * :${nick}`);
    await welcomed;
    return client;
  }

  join(channel: string): void {
    this.#send(`JOIN ${channel}`);
  }

  say(channel: string, text: string): void {
    this.#send(`PRIVMSG ${channel} :${text}`);
  }

  quit(): void {
    this.#socket.destroy();
  }

  #onLine: (line: string) => void = () => {};

  #send(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    if (line.startsWith('PING ')) this.#send(`PONG ${line.slice(5)}`);
    const [, nick, command, channel, text = ''] = /^:([^!\s]+)\S* (\w+) :?(\S+)(?: :(.*))?$/.exec(line) ?? [];
    if (nick !== undefined && channel !== undefined && command === 'PRIVMSG')
      this.messages.push({ nick, channel, text });
    if (nick !== undefined && command === 'JOIN') this.joined.push(nick);
    this.#onLine(line);
  }
}
