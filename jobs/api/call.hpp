#pragma once
// One call to a configured HTTP API, for the kinds that speak JSON with a server the operator vouches for: grant,
// licence and wallet (spec 3-jobs B0.2, B0.3). What an answer means is each kind's own table.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "net/http_client.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dormouse::jobs::api {

/// The end of a call.
struct answer {
    net::exchange exchange;
    std::optional<boost::json::value> json;  ///< The body, if it came whole, says it is JSON, and is.
    std::optional<base::ms> retry_after;     ///< What Retry-After asks for, if it could be understood.

    /// 0 if no status line came.
    [[nodiscard]] int status() const noexcept {
        return exchange.progress == net::progress::answered ? exchange.response.status : 0;
    }
    /// The member of a JSON object, or null.
    [[nodiscard]] const boost::json::value* member(std::string_view name) const noexcept;
    /// A text member, or empty.
    [[nodiscard]] std::string_view text(std::string_view name) const noexcept;
    /// A whole number, also as a decimal string; empty for anything else.
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const noexcept;
};

struct request {
    std::string method = "POST";
    std::string url{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    std::size_t most_answer = std::size_t{64} * 1024;  ///< Bytes; a longer answer is none.
    net::phase_limits limits{};
};

/// The rows of B0.2, cut to a total: `first_byte` is what the server may think for.
[[nodiscard]] net::phase_limits limits_of(base::ms total, base::ms first_byte, base::ms gap);

/// Sends and reads; never throws for what network or server do. A cancellation at the deadline itself is a timeout:
/// it is the server that was slow. `http` and `clock` must outlive the call.
[[nodiscard]] base::awaitable<answer> call(net::http_client& http, base::clock& clock, request r, base::deadline limit);

/// `HTTP 503` with a short piece of the server's own words, or the class of the failure: for logs and `jobs show`.
/// Control characters are replaced; at most 300 bytes. Never a URL's query.
[[nodiscard]] std::string describe(const answer& a);

}  // namespace dormouse::jobs::api
