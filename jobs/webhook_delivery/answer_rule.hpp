#pragma once
// The rows of the answer table (spec 3-jobs B1) as data. Pure.

#include "base/clock.hpp"
#include "jobs/webhook_delivery/answer.hpp"
#include "net/http_client.hpp"

#include <string_view>

namespace dormouse::jobs::webhook_delivery {

/// What one row of the table says.
struct answer_rule {
    enum class verb { accept, retry, park };
    verb what = verb::retry;
    std::string_view reason{};   ///< Empty when accepted.
    base::ms least_delay{0};     ///< Not sooner than this.
    int notice_at = 0;           ///< Number of the attempt that a person hears of; 0 = none.
    std::string_view streak{};   ///< Answers that are counted in a row; empty = not counted.
    bool pauses_others = false;  ///< Other jobs of the hook wait too.
    bool obeys_retry_after = false;
    webhook_delivery::strain strain = strain::unknown;
};

inline constexpr std::string_view moved_streak = "moved";  ///< 301, 308
inline constexpr std::string_view gone_streak = "gone";    ///< 410
inline constexpr int moved_limit = 3;                      ///< So many in a row park the job.

/// The row for a status line, any number.
[[nodiscard]] const answer_rule& rule_for_status(int status) noexcept;

/// The row for an exchange without a status line. Not for `none`.
[[nodiscard]] const answer_rule& rule_for_failure(net::failure_class failed) noexcept;

}  // namespace dormouse::jobs::webhook_delivery
