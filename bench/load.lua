-- What wrk sends, in one of four modes (BENCH_MODE):
--   get    a plain GET
--   post   the same body again and again, or the bodies of BENCH_FILE one after another, from the start again at the end
--   once   each body of BENCH_FILE once; wrk stops when they are used up
--   chain  refresh tokens of BENCH_FILE; each answer's refresh token is sent later, each token once
-- Each answer must hold BENCH_EXPECT (a Lua pattern) and have status 200, or it counts as bad. BENCH_KEEP names a file
-- for the access tokens that came. The last line printed is one JSON object.

local mode = os.getenv("BENCH_MODE")
local expect = os.getenv("BENCH_EXPECT")
local keep = os.getenv("BENCH_KEEP")
local connections = tonumber(os.getenv("BENCH_CONNECTIONS"))
local threads = {}

local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long ns; } bench_time; int clock_gettime(int clock, bench_time *t);")

-- wrk waits for the whole of its duration even when all is sent, so the time in use is taken here, in seconds.
local function now()
  local t = ffi.new("bench_time")
  ffi.C.clock_gettime(1, t)
  return tonumber(t.s) + tonumber(t.ns) / 1e9
end

bad, answers, begun, ended = 0, 0, 0, 0
local lines, first, last, tokens = {}, 1, 0, {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init()
  if mode == "get" then
    return
  end
  wrk.method = "POST"
  wrk.headers["Authorization"] = os.getenv("BENCH_AUTHORIZATION")
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  if os.getenv("BENCH_FILE") then
    for line in io.lines(os.getenv("BENCH_FILE")) do
      last = last + 1
      lines[last] = line
    end
  else
    lines[1] = os.getenv("BENCH_BODY")
  end
  if mode == "post" then
    for i, line in ipairs(lines) do
      lines[i] = wrk.format(nil, nil, nil, line)
    end
  end
end

if mode ~= "get" then
  function request()
    local line = lines[first]
    first = first + 1
    if mode == "post" then
      if first > #lines then
        first = 1
      end
      return line
    end
    if mode == "chain" then
      lines[first - 1] = nil
      line = "grant_type=refresh_token&refresh_token=" .. line
    end
    return wrk.format(nil, nil, nil, line)
  end
end

if expect or mode == "once" then
  function response(status, headers, body)
    answers = answers + 1
    if status ~= 200 or not body:find(expect) then
      bad = bad + 1
    elseif keep then
      tokens[#tokens + 1] = body:match('"access_token": ?"([^"]+)"')
    end
    if mode == "chain" then
      local fresh = body:match('"refresh_token": ?"([^"]+)"')
      if fresh then
        last = last + 1
        lines[last] = fresh
      elseif status == 200 then
        bad = bad + 1
      end
    elseif mode == "once" then
      if answers == 1 then
        begun = now()
      elseif answers == last - 2 * connections then
        ended = now()
        wrk.thread:stop()
      end
    end
    if #tokens >= 8 then
      flush()
    end
  end
end

function flush()
  local file = io.open(keep, "a")
  for _, token in ipairs(tokens) do
    file:write("token=", token, "\n")
  end
  file:close()
  tokens = {}
end

function done(summary, latency, requests)
  local seconds, wrong, errors = summary.duration / 1e6, threads[1]:get("bad"), summary.errors
  if threads[1]:get("ended") > 0 then
    seconds = threads[1]:get("ended") - threads[1]:get("begun")
  end
  io.write(string.format(
    '{"seconds": %.6f, "requests": %d, "p50": %.6f, "p99": %.6f, "bad": %d, "errors": %d}\n',
    seconds, summary.requests, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
