#pragma once
// How an attempt ended, as its handler says it. Handlers return an outcome and never touch Redis (house law 1).

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::queue {

/// What the far end may have seen of an attempt that did not succeed (spec 3-jobs B0.1).
enum class sent {
    nothing,   ///< The attempt called nobody.
    not_sent,  ///< DNS, connect or TLS failed: no request byte was written.
    maybe,     ///< At least one request byte was written and no complete status line came back.
    answered,  ///< A status line was parsed.
};

[[nodiscard]] std::string_view to_string(sent s) noexcept;

/// What an attempt says about the health of its target (spec 3-jobs B0.5, "bad").
enum class health {
    unknown,  ///< It did not get so far, or its own limits ended it.
    good,     ///< It answered in its right mind, even if it refused.
    bad,      ///< not_sent, maybe, 429 or 5xx.
};

/// Whom an attempt called and how that went: what breakers, retry budgets and the detection of a local outage live on.
struct contact {
    std::string host;  ///< As in the URL, with port if it names one; empty = it called nobody.
    queue::health health = health::unknown;
    std::string failure;  ///< Class of a failure before the first request byte (`dns`, `connect`, `tls`); else empty.
};

/// The end of an attempt. Build with the named functions below.
struct outcome {
    enum class verb {
        done,   ///< It worked. The idempotency key stays until it expires.
        retry,  ///< Try again after the kind's backoff, or at `when` if that is set; costs an attempt.
        defer,  ///< Not now (breaker, rate, local outage): again at `when`; costs no attempt.
        dead,   ///< No automatic retry; visible, replayable. `reason` says why.
        drop,   ///< Obsolete; removed and counted. `reason` says why.
    };

    verb what = verb::done;
    std::optional<base::time_ms> when;  ///< retry: not before (already jittered); defer: required.
    std::string reason;                 ///< A stable snake_case word: metrics label and search term.
    std::string detail;                 ///< For people; redacted by whoever prints it.
    queue::sent sent = sent::nothing;
    std::string result;  ///< done: JSON kept with the job and shown by `jobs show`; empty = none.
    std::string state;   ///< Replaces history.state for the next attempt.
    queue::contact contact{};
};

[[nodiscard]] outcome done(std::string result_json = {});
[[nodiscard]] outcome retry(std::string reason, std::string detail, sent s);
[[nodiscard]] outcome retry_at(base::time_ms when, std::string reason, std::string detail, sent s);
[[nodiscard]] outcome defer(base::time_ms until, std::string reason, std::string detail = {});
[[nodiscard]] outcome dead(std::string reason, std::string detail, sent s = sent::nothing);
[[nodiscard]] outcome drop(std::string reason, std::string detail = {});

[[nodiscard]] std::string_view to_string(outcome::verb v) noexcept;

}  // namespace dormouse::queue
