/**
 * What Redis does in one step, in Lua. KEYS are the names in use (a hash), the
 * times at which they lapse (a sorted set), and the posts (a stream). The times
 * are Redis's own.
 */
const NOW = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function say(post)
  redis.call("XADD", KEYS[3], "MAXLEN", "~", "1000", "*", "post", post)
end
`;

/**
 * Takes a name. ARGV: name, user's key, stay, milliseconds, post. Gives 0 if
 * another user has it. A stay is `key:id:name as shown`.
 */
export const CLAIM = `${NOW}
local held = redis.call("HGET", KEYS[1], ARGV[1])
local lapses = redis.call("ZSCORE", KEYS[2], ARGV[1])
local isSame = held and string.match(held, "^[^:]*") == ARGV[2]
if held and not isSame and tonumber(lapses or 0) > now then return 0 end
redis.call("HSET", KEYS[1], ARGV[1], ARGV[3])
redis.call("ZADD", KEYS[2], now + ARGV[4], ARGV[1])
if not isSame then say(ARGV[5]) end
return 1
`;

/**
 * Gives a name back if the stay still has it. ARGV: name, stay, post, and "1"
 * if it must have lapsed.
 */
export const RELEASE = `${NOW}
if redis.call("HGET", KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
local lapses = tonumber(redis.call("ZSCORE", KEYS[2], ARGV[1]) or 0)
if ARGV[4] == "1" and lapses > now then return 0 end
redis.call("HDEL", KEYS[1], ARGV[1])
redis.call("ZREM", KEYS[2], ARGV[1])
say(ARGV[3])
return 1
`;

/**
 * Keeps names. ARGV: milliseconds, then a name and a stay in turn. Gives the
 * stays that others have taken over.
 */
export const RENEW = `${NOW}
local lost = {}
for at = 2, #ARGV, 2 do
  local held = redis.call("HGET", KEYS[1], ARGV[at])
  if held and held ~= ARGV[at + 1] then
    table.insert(lost, ARGV[at + 1])
  else
    redis.call("HSET", KEYS[1], ARGV[at], ARGV[at + 1])
    redis.call("ZADD", KEYS[2], now + ARGV[1], ARGV[at])
  end
end
return lost
`;

/** Gives names that have lapsed, each with its stay. */
export const LAPSED = `${NOW}
local lapsed = {}
local names = redis.call(
  "ZRANGEBYSCORE", KEYS[2], "-inf", now, "LIMIT", "0", "100"
)
for _, name in ipairs(names) do
  local held = redis.call("HGET", KEYS[1], name)
  if held then
    table.insert(lapsed, name)
    table.insert(lapsed, held)
  else
    redis.call("ZREM", KEYS[2], name)
  end
end
return lapsed
`;
