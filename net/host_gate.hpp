#pragma once
// At most N exchanges per host at once; those above wait in line.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace dormouse::net {

/// Used on one event loop; outlives its permits.
class host_gate {
public:
    host_gate(boost::asio::any_io_executor executor, int per_host);

    /// The right to talk to a host; given back when it goes, to the one who has waited longest.
    class permit {
    public:
        permit(permit&& other) noexcept : gate_{std::exchange(other.gate_, nullptr)}, host_{std::move(other.host_)} {}
        permit& operator=(permit&&) = delete;
        ~permit() {
            if (gate_ != nullptr) gate_->leave(host_);
        }

    private:
        friend class host_gate;
        permit(host_gate& gate, std::string host) : gate_{&gate}, host_{std::move(host)} {}
        host_gate* gate_;
        std::string host_;
    };

    /// Nothing when the deadline or a cancellation comes first. First come, first served.
    [[nodiscard]] base::awaitable<std::optional<permit>> enter(std::string host, base::deadline limit);

    /// Exchanges that hold a permit or wait for one.
    [[nodiscard]] std::size_t hosts() const noexcept { return hosts_.size(); }

private:
    struct waiter;
    struct host_state {
        int inside = 0;
        std::deque<std::shared_ptr<waiter>> line;
    };

    void leave(const std::string& host);

    boost::asio::any_io_executor executor_;
    int per_host_;
    std::unordered_map<std::string, host_state> hosts_;  ///< Only hosts somebody is at.
};

}  // namespace dormouse::net
