#include "queue/outcome.hpp"

namespace dormouse::queue {

std::string_view to_string(sent s) noexcept {
    switch (s) {
        case sent::nothing: return "nothing";
        case sent::not_sent: return "not_sent";
        case sent::maybe: return "maybe";
        case sent::answered: return "answered";
    }
    return "unknown";
}

std::string_view to_string(outcome::verb v) noexcept {
    switch (v) {
        case outcome::verb::done: return "done";
        case outcome::verb::retry: return "retry";
        case outcome::verb::defer: return "defer";
        case outcome::verb::dead: return "dead";
        case outcome::verb::drop: return "drop";
    }
    return "unknown";
}

namespace {
outcome make(outcome::verb what, std::optional<base::time_ms> when, std::string reason, std::string detail, sent s) {
    outcome o;
    o.what = what;
    o.when = when;
    o.reason = std::move(reason);
    o.detail = std::move(detail);
    o.sent = s;
    return o;
}
}  // namespace

outcome done(std::string result_json) {
    outcome o;
    o.result = std::move(result_json);
    return o;
}

outcome retry(std::string reason, std::string detail, sent s) {
    return make(outcome::verb::retry, std::nullopt, std::move(reason), std::move(detail), s);
}

outcome retry_at(base::time_ms when, std::string reason, std::string detail, sent s) {
    return make(outcome::verb::retry, when, std::move(reason), std::move(detail), s);
}

outcome defer(base::time_ms until, std::string reason, std::string detail) {
    return make(outcome::verb::defer, until, std::move(reason), std::move(detail), sent::nothing);
}

outcome dead(std::string reason, std::string detail, sent s) {
    return make(outcome::verb::dead, std::nullopt, std::move(reason), std::move(detail), s);
}

outcome drop(std::string reason, std::string detail) {
    return make(outcome::verb::drop, std::nullopt, std::move(reason), std::move(detail), sent::nothing);
}

}  // namespace dormouse::queue
