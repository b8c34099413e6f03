#pragma once
// From a draft to the mail that goes out: texts by the companion plugin or by the worker, headers by the
// configuration. `digest` letters hold one piece for each student.

#include "base/async/awaitable.hpp"
#include "jobs/handler.hpp"
#include "jobs/reminder_email/companion.hpp"
#include "jobs/reminder_email/draft.hpp"
#include "net/message.hpp"

#include <string>
#include <variant>
#include <vector>

namespace dormouse::net {
class http_client;
}

namespace dormouse::jobs::reminder_email {

/// Why there is no mail.
struct not_composed {
    unrendered_letter trouble;
    int status = 0;  ///< Of the companion's answer; 0 = none came.
};

/// Renders the draft for all its students, by whom `render` says. One call of the companion for each.
[[nodiscard]] base::awaitable<std::variant<std::vector<rendered>, not_composed>> render(net::http_client& http,
                                                                                        const config::settings& s,
                                                                                        const draft& d,
                                                                                        const attempt& a);

/// By the worker itself. Pure.
[[nodiscard]] rendered render_natively(const draft& d, const student& about);

/// The mail of these texts. Pure.
[[nodiscard]] net::mail compose(const config::mail_settings& s, const draft& d, const std::vector<rendered>& texts,
                                std::string message_id, base::time_ms now);

/// Stable for a row of the ledger: `dormouse.main.7@school.example`.
[[nodiscard]] std::string make_message_id(const config::settings& s, std::string_view unique);

}  // namespace dormouse::jobs::reminder_email
