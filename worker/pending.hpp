#pragma once
// Ends of attempts that wait for a round trip to share. Pure but for the time of the oldest.

#include "base/deadline.hpp"
#include "queue/broker.hpp"

#include <chrono>
#include <string>
#include <unordered_set>
#include <vector>

namespace dormouse::worker {

class pending {
public:
    using steady = std::chrono::steady_clock;

    void add(std::string ack, steady::time_point now);
    void add(queue::settlement s, steady::time_point now);

    /// Moves up to `most` into the request, oldest first.
    void move_to(queue::work_request& r, std::size_t most);

    /// After a call whose answer never came: everything goes back to the front, to be sent again. Redis then reports
    /// those that had arrived as not owned, which is no lost lease.
    void put_back(queue::work_request&& r);
    /// True if this id was put back before; forgets it.
    [[nodiscard]] bool was_repeated(const std::string& id) { return repeated_.erase(id) > 0; }

    /// After an answered call: what it carried needs no memory any more.
    void forget(const queue::work_request& r);

    void clear();
    [[nodiscard]] bool holds(const std::string& id) const;
    [[nodiscard]] std::size_t size() const noexcept { return acks_.size() + settlements_.size(); }
    /// When the oldest came in; meaningless when empty.
    [[nodiscard]] steady::time_point since() const noexcept { return since_; }

private:
    void note_time(steady::time_point now) {
        if (size() == 0) since_ = now;
    }
    std::vector<std::string> acks_;
    std::vector<queue::settlement> settlements_;
    std::unordered_set<std::string> repeated_;
    steady::time_point since_{};
};

}  // namespace dormouse::worker
