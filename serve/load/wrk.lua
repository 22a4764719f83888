-- Asks for the targets in its arguments in turn, and tells what came of it in one line.

local requests, place = {}, 0

function init(args)
  for _, target in ipairs(args) do
    requests[#requests + 1] = wrk.format("GET", target)
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    'result {"micros":%d,"requests":%d,"bytes":%d,"p50":%d,"p99":%d,"p999":%d,"max":%d,"refused":%d,"failed":%d}\n',
    summary.duration, summary.requests, summary.bytes, latency:percentile(50),
    latency:percentile(99), latency:percentile(99.9), latency.max, errors.status, failed))
end
