#include "net/host_gate.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace dormouse::net {

struct host_gate::waiter {
    waiter(const boost::asio::any_io_executor& executor, base::deadline limit) : called{executor, limit.at()} {}
    boost::asio::steady_timer called;  // cancelled when it is this one's turn
    bool admitted = false;
};

host_gate::host_gate(boost::asio::any_io_executor executor, int per_host)
    : executor_{std::move(executor)}, per_host_{per_host} {}

base::awaitable<std::optional<host_gate::permit>> host_gate::enter(std::string host, base::deadline limit) {
    auto& state = hosts_[host];
    if (state.inside < per_host_) {
        ++state.inside;
        co_return permit{*this, std::move(host)};
    }
    const auto w = std::make_shared<waiter>(executor_, limit);
    state.line.push_back(w);
    (void)co_await w->called.async_wait(base::as_result);
    // Admitted even if the deadline came at the same moment: the place was given and must be given back.
    if (w->admitted) co_return permit{*this, std::move(host)};
    std::erase(hosts_.at(host).line, w);
    co_return std::nullopt;
}

void host_gate::leave(const std::string& host) {
    const auto found = hosts_.find(host);
    auto& state = found->second;
    if (!state.line.empty()) {
        const auto next = std::move(state.line.front());
        state.line.pop_front();
        next->admitted = true;
        next->called.cancel();
        return;  // the place changes hands
    }
    if (--state.inside == 0) hosts_.erase(found);
}

}  // namespace dormouse::net
