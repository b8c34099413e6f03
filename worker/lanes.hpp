#pragma once
// How many attempts run per lane (endpoint) in this process, and which lanes hold parked jobs. Pure.

#include "queue/keys.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dormouse::worker {

class lanes {
public:
    /// `limit` running attempts per lane; the empty lane is unlimited.
    explicit lanes(int limit) : limit_{limit} {}

    /// Takes a place in the lane; false if it is full.
    [[nodiscard]] bool enter(const std::string& lane);
    void leave(const std::string& lane);

    [[nodiscard]] int limit() const noexcept { return limit_; }
    /// The kind's own limit for a lane (a strained endpoint gets fewer places), from now on.
    void set_limit(const std::string& lane, int places);
    [[nodiscard]] int places_left(const std::string& lane) const;

    /// The lane's list in Redis may hold jobs (somebody parked one), or holds none (a claim came back short).
    void mark_parked(const queue::lane_name& lane);
    void mark_empty(const queue::lane_name& lane);
    [[nodiscard]] bool is_parked(const std::string& queue, const std::string& lane) const;

    struct opening {
        queue::lane_name lane;
        int places;
    };
    /// Parked lanes with free places, at most `most`, another start point at each call so that all get their turn.
    [[nodiscard]] std::vector<opening> openings(std::size_t most);

private:
    int limit_;
    std::unordered_map<std::string, int> running_;
    std::unordered_map<std::string, int> limits_;           // of lanes that differ from limit_
    std::set<std::pair<std::string, std::string>> parked_;  // (queue, lane)
    std::pair<std::string, std::string> last_;
};

}  // namespace dormouse::worker
