#include "jobs/webhook_delivery/answer_rule.hpp"

namespace dormouse::jobs::webhook_delivery {

namespace {

using namespace std::chrono_literals;
using verb = answer_rule::verb;

constexpr answer_rule accepted{.what = verb::accept, .reason = "", .strain = strain::healthy};
constexpr answer_rule redirected{.reason = "redirected", .strain = strain::healthy};
constexpr answer_rule moved{.reason = "moved", .streak = moved_streak, .strain = strain::healthy};
constexpr answer_rule unauthorized{.reason = "unauthorized", .notice_at = 1, .strain = strain::healthy};
constexpr answer_rule rejected{.reason = "rejected", .notice_at = 4, .strain = strain::healthy};
constexpr answer_rule try_again{.reason = "try_again", .strain = strain::healthy};
constexpr answer_rule gone{.reason = "gone", .streak = gone_streak, .strain = strain::healthy};
constexpr answer_rule unacceptable{.what = verb::park, .reason = "unacceptable", .strain = strain::healthy};
constexpr answer_rule rate_limited{
    .reason = "rate_limited", .least_delay = 60s, .pauses_others = true, .obeys_retry_after = true};
constexpr answer_rule server_error{.reason = "server_error"};
constexpr answer_rule overloaded{.reason = "overloaded", .least_delay = 60s, .strain = strain::strained};
constexpr answer_rule unavailable{
    .reason = "overloaded", .least_delay = 60s, .obeys_retry_after = true, .strain = strain::strained};
constexpr answer_rule bad_response{.reason = "bad_response"};

constexpr answer_rule timeout{.reason = "timeout", .least_delay = 60s, .strain = strain::strained};
constexpr answer_rule dns{.reason = "dns"};
constexpr answer_rule connect{.reason = "connect"};
constexpr answer_rule tls{.reason = "tls"};
constexpr answer_rule tls_verify{.reason = "tls_verify", .notice_at = 1};
constexpr answer_rule reset{.reason = "reset"};
constexpr answer_rule cancelled{.reason = "cancelled"};
constexpr answer_rule bad_url{.what = verb::park, .reason = "bad_url"};
constexpr answer_rule bad_header{.what = verb::park, .reason = "bad_header"};
constexpr answer_rule blocked_target{.what = verb::park, .reason = "blocked_target"};

}  // namespace

const answer_rule& rule_for_status(int status) noexcept {
    switch (status) {
        case 301:
        case 308: return moved;
        case 401:
        case 403: return unauthorized;
        case 408:
        case 409:
        case 425: return try_again;
        case 410: return gone;
        case 413:
        case 414:
        case 431:
        case 501:
        case 505: return unacceptable;
        case 429: return rate_limited;
        case 502:
        case 504: return overloaded;
        case 503: return unavailable;
        default: break;
    }
    switch (status / 100) {
        case 2: return accepted;
        case 3: return redirected;
        case 4: return rejected;
        case 5: return server_error;
        default: return bad_response;
    }
}

const answer_rule& rule_for_failure(net::failure_class failed) noexcept {
    using net::failure_class;
    switch (failed) {
        case failure_class::bad_url: return bad_url;
        case failure_class::bad_header: return bad_header;
        case failure_class::blocked_target: return blocked_target;
        case failure_class::dns: return dns;
        case failure_class::connect: return connect;
        case failure_class::tls: return tls;
        case failure_class::tls_verify: return tls_verify;
        case failure_class::timeout: return timeout;
        case failure_class::reset: return reset;
        case failure_class::cancelled: return cancelled;
        case failure_class::bad_response:
        case failure_class::none: break;
    }
    return bad_response;
}

}  // namespace dormouse::jobs::webhook_delivery
