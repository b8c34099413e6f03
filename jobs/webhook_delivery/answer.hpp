#pragma once
// What each answer means: the table of spec 3-jobs B1 as one pure function. The operator's form of the table is
// docs/kinds/webhook-delivery.md.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/http_client.hpp"
#include "queue/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dormouse::jobs::webhook_delivery {

/// One attempt that has just ended, with everything the decision depends on.
struct ended_attempt {
    const net::exchange& exchange;
    std::optional<base::ms> retry_after;  ///< What Retry-After asks for, if it could be understood.
    int attempt = 1;
    int last_attempt = 10;
    std::string_view state;  ///< history.state: the streak so far.
    base::time_ms now;       ///< When it ended, in the queue's time.
    std::optional<base::time_ms> expire;
    int gone_confirmations = 1;  ///< 410 answers in a row before the hook is switched off.
    std::int64_t hook_id = 0;
    std::string_view url;
    std::string_view webhook_id;
};

/// Something a person should know. `reason` is a stable snake_case word.
struct notice {
    std::string reason;
    std::string text;
    friend bool operator==(const notice&, const notice&) = default;
};

/// What the answer says about the endpoint's strength.
enum class strain {
    unknown,  ///< Nothing was learnt.
    healthy,  ///< It answered in its right mind, even if it refused.
    strained  ///< 502, 503, 504 or a timeout: fewer at once.
};

struct decision {
    queue::outcome outcome;
    std::vector<notice> notices;
    std::optional<std::string> disable;        ///< Switch the hook off, for this reason.
    std::optional<base::time_ms> pause_until;  ///< No other job of the hook is sent before.
    webhook_delivery::strain strain = strain::unknown;
};

/// A 2xx status stands whatever happened to the body. Retries are jittered with `random`; the last attempt's retry
/// becomes dead with reason `exhausted`, except after a cancellation, which is the worker's own doing.
[[nodiscard]] decision decide(const ended_attempt& a, base::random_source& random);

}  // namespace dormouse::jobs::webhook_delivery
