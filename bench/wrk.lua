-- What each request of bench/share.py sends, from environment variables, and what is told at the end, as JSON.
-- Each comes from another network, as a proxy would say: the wallet counts them and would turn a flood away.

local headers = {}
for _, name in ipairs({ "Accept", "Accept-Encoding", "Accept-Language", "Cookie", "Host", "User-Agent" }) do
   local value = os.getenv("BENCH_" .. name:upper():gsub("-", "_"))
   if value and value ~= "" then headers[name] = value end
end

function request()
   headers["X-Forwarded-For"] = "10." .. math.random(0, 255) .. "." .. math.random(0, 255) .. ".1"
   return wrk.format("GET", nil, headers)
end

function done(summary, latency, requests)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   io.write(string.format('{"rate": %f, "p50": %f, "p95": %f, "p99": %f, "failed": %d, "answers": %d}\n',
      summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(95) / 1000,
      latency:percentile(99) / 1000, failed, summary.requests))
end
