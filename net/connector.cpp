#include "net/connector.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>

namespace dormouse::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Shared with the handlers of the attempts, which may run after the race is over.
struct race {
    race(const asio::any_io_executor& executor, std::size_t size) : changed{executor} { attempts.reserve(size); }

    std::vector<tcp::socket> attempts;
    std::size_t failed = 0;
    std::optional<std::size_t> winner;
    boost::system::error_code last_error;
    std::string report;
    asio::steady_timer changed;  // cancelled when an attempt ends: wakes the waiter
};

void describe(std::string& report, const tcp::endpoint& e, const std::string& what) {
    if (!report.empty()) report += "; ";
    report += (e.address().is_v6() ? "[" + e.address().to_string() + "]" : e.address().to_string()) + ":" +
              std::to_string(e.port()) + " " + what;
}

void on_end(race& r, std::size_t index, const tcp::endpoint& to, boost::system::error_code code) {
    if (code == asio::error::operation_aborted || r.winner) return;
    // What is connected must be what was judged.
    if (!code && r.attempts[index].remote_endpoint(code) != to && !code)
        code = make_error_code(boost::system::errc::address_not_available);
    if (code) {
        ++r.failed;
        r.last_error = code;
        describe(r.report, to, code.message());
    } else {
        r.winner = index;
    }
    r.changed.cancel();
}

void start_next(const std::shared_ptr<race>& r, const asio::any_io_executor& executor, const tcp::endpoint& to) {
    const auto index = r->attempts.size();
    r->attempts.emplace_back(executor);
    r->attempts.back().async_connect(
        to, [r, index, to](const boost::system::error_code& code) { on_end(*r, index, to, code); });
}

// However the waiter leaves, no attempt goes on behind its back.
struct race_end {
    std::shared_ptr<race> r;
    ~race_end() {
        for (std::size_t i = 0; i < r->attempts.size(); ++i) {
            boost::system::error_code ignored;
            if (r->winner != i) r->attempts[i].close(ignored);
        }
        if (!r->winner) r->winner = r->attempts.size();  // handlers on their way have nothing to say any more
    }
};

}  // namespace

base::awaitable<base::result<tcp::socket>> connect_any(std::vector<tcp::endpoint> addresses, base::deadline limit) {
    const auto executor = co_await asio::this_coro::executor;
    const auto r = std::make_shared<race>(executor, addresses.size());
    const race_end end{r};
    for (;;) {
        const bool more = r->attempts.size() < addresses.size();
        if (more) start_next(r, executor, addresses[r->attempts.size()]);
        const bool last = r->attempts.size() == addresses.size();
        r->changed.expires_at((last ? limit : limit.at_most(connect_stagger)).at());
        (void)co_await r->changed.async_wait(base::as_result);
        if (r->winner) {
            auto& socket = r->attempts[*r->winner];
            boost::system::error_code ignored;
            socket.set_option(tcp::no_delay{true}, ignored);
            co_return std::move(socket);
        }
        if (r->failed == addresses.size()) co_return base::error{r->last_error, r->report};
        if (limit.is_reached()) break;
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return base::error{base::errc::cancelled};
    }
    co_return base::error{base::errc::timed_out, r->report};
}

}  // namespace dormouse::net
