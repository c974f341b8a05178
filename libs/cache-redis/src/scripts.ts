/*
 * A name owns four kinds of Redis keys, all with the hash tag {name}, so that a cluster keeps them in one slot:
 *   plexus:{name}:v:KEY  value, behind its generation and a colon     plexus:{name}:l:KEY  lease     plexus:{name}:c:KEY  set of changes under way
 *   plexus:{name}:index  sorted set of the keys with values, by the time of their fill or last use: what bounds the name
 * and one more: plexus:{name}:home  the generation that has settled here.
 * Each script receives the prefix `plexus:{name}:` as KEYS[1] and a generation as ARGV[1].
 *
 * A Redis is the home of a generation if it knows the scripts under the home's name, which neither a restart nor a replica takes over, and if the
 * key `home` says so, which is gone once it was emptied. Scripts that are loaded stay until then.
 */

/** A script as the Redis that is called `home` knows it. */
export function scriptOf(home: string, body: string): string {
  return `-- ${home}${REQUIRE_HOME}${body}`;
}

/** The code in the error of a Redis that is not the home of the generation: by our scripts, and by Redis where it does not know these. */
export const STRANGER_ERRORS = ['STRANGER', 'NOSCRIPT'];

const REQUIRE_HOME = `
if redis.call('GET', KEYS[1] .. 'home') ~= ARGV[1] then
  return redis.error_reply('STRANGER another generation, or none, has settled here')
end`;

/** ARGV: generation, a new lease, its life in ms, then the keys. Answers value or false, then lease or false, for each key. */
export const READ = `
local answers = {}
local generation = ARGV[1] .. ':'
for i = 4, #ARGV do
  local value = redis.call('GET', KEYS[1] .. 'v:' .. ARGV[i])
  if value and string.sub(value, 1, #generation) == generation then
    value = string.sub(value, #generation + 1)
  else
    value = false
  end
  local lease = false
  if not value and redis.call('EXISTS', KEYS[1] .. 'c:' .. ARGV[i]) == 0 then
    lease = ARGV[2]
    redis.call('SET', KEYS[1] .. 'l:' .. ARGV[i], lease, 'PX', ARGV[3])
  end
  answers[#answers + 1] = value
  answers[#answers + 1] = lease
end
return answers`;

/**
 * ARGV: generation, capacity, life of a value in ms, the most keys to remove, then key, value, lease for each entry. Answers how many keys the name
 * has, and how many had to go. A much smaller capacity is reached in steps, so that no call holds up others.
 */
export const FILL = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 5, #ARGV, 3 do
  local key, value, lease = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if redis.call('GET', KEYS[1] .. 'l:' .. key) == lease then
    redis.call('DEL', KEYS[1] .. 'l:' .. key)
    redis.call('SET', KEYS[1] .. 'v:' .. key, ARGV[1] .. ':' .. value, 'PX', ARGV[3])
    redis.call('ZADD', KEYS[1] .. 'index', now, key)
  end
end
redis.call('PEXPIRE', KEYS[1] .. 'index', ARGV[3])
local size = redis.call('ZCARD', KEYS[1] .. 'index')
local surplus = math.min(size - ARGV[2], tonumber(ARGV[4]))
if surplus <= 0 then return {size, 0} end
local oldest = redis.call('ZPOPMIN', KEYS[1] .. 'index', surplus)
for i = 1, #oldest, 2 do redis.call('DEL', KEYS[1] .. 'v:' .. oldest[i]) end
return {size - surplus, surplus}`;

/**
 * ARGV: the keys that were used lately. It goes without a generation, and is no part of what is read: in a Redis that is not the home it changes which keys
 * go first, no more, and a release that knows nothing of it shares the level all the same.
 */
export const TOUCH = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 1, #ARGV do redis.call('ZADD', KEYS[1] .. 'index', 'XX', now, ARGV[i]) end
return 0`;

/** ARGV: generation, channel, what to publish there, id of the change, life of its mark in ms, then the keys. */
export const BEGIN_CHANGE = `
for i = 6, #ARGV do
  redis.call('DEL', KEYS[1] .. 'v:' .. ARGV[i], KEYS[1] .. 'l:' .. ARGV[i])
  redis.call('ZREM', KEYS[1] .. 'index', ARGV[i])
  redis.call('SADD', KEYS[1] .. 'c:' .. ARGV[i], ARGV[4])
  redis.call('PEXPIRE', KEYS[1] .. 'c:' .. ARGV[i], ARGV[5])
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 0`;

/** ARGV: generation, channel, what to publish there, id of the change, then the keys. */
export const END_CHANGE = `
for i = 5, #ARGV do
  redis.call('DEL', KEYS[1] .. 'v:' .. ARGV[i], KEYS[1] .. 'l:' .. ARGV[i])
  redis.call('ZREM', KEYS[1] .. 'index', ARGV[i])
  redis.call('SREM', KEYS[1] .. 'c:' .. ARGV[i], ARGV[4])
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 0`;
