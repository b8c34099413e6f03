#pragma once
// Who gets the next slot (spec 3-jobs B0.6). Per lane (endpoint): how many attempts run in this process, how much of
// the slots' time it has received, whether it is slow, and whether jobs of it are parked. Pure.

#include "queue/keys.hpp"
#include "worker/pace.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dormouse::worker {

/// Jobs that have no lane of their own wait in this one while their target is closed off. A claim from it is bounded by
/// the free slots alone.
[[nodiscard]] std::string waiting_room_of(std::string_view target);
/// The target whose waiting room this lane is; empty if it is a lane of a kind.
[[nodiscard]] std::string_view target_of_waiting_room(std::string_view lane) noexcept;

/// Not thread-safe.
class lanes {
public:
    static constexpr int unlimited = std::numeric_limits<int>::max();
    /// Lanes remembered although nothing of them runs or waits here.
    static constexpr std::size_t most_idle = 4'096;

    /// `limit` running attempts per lane; the empty lane is unlimited. `slots` are those of the process.
    explicit lanes(int limit, int slots = unlimited, pace_rules rules = {});

    /// Takes a place in the lane; false if there is none: the lane is full or capped, or it is slow and the slow lanes
    /// together hold their share.
    [[nodiscard]] bool enter(const std::string& lane);
    /// Gives it back; `took` is what the lane pays.
    void leave(const std::string& lane, pace::duration took = {});

    [[nodiscard]] int limit() const noexcept { return limit_; }
    /// The kind's own limit for a lane (a strained endpoint gets fewer places), from now on.
    void set_limit(const std::string& lane, int places);
    /// How many attempts more may start in it, whatever its limit says; `unlimited` lifts the cap. Each `enter` uses
    /// one up.
    void cap(const std::string& lane, int more);
    [[nodiscard]] int places_left(const std::string& lane) const;

    /// The lane's list in Redis may hold jobs: somebody parked one, or it will be sent with a call after `calls_made`.
    void mark_parked(const queue::lane_name& lane, std::uint64_t calls_made = 0);
    /// Call number `call` found nothing there, which says nothing of what is parked since.
    void mark_empty(const queue::lane_name& lane, std::uint64_t call = std::numeric_limits<std::uint64_t>::max());
    [[nodiscard]] bool is_parked(const std::string& queue, const std::string& lane) const;

    struct opening {
        queue::lane_name lane;
        int places;
    };
    /// Parked lanes with free places, at most `most`; first those that have received the least, equals in turn.
    [[nodiscard]] std::vector<opening> openings(std::size_t most);
    /// Whether `openings` would return any.
    [[nodiscard]] bool has_opening() const noexcept;

    [[nodiscard]] std::size_t slow_lanes() const noexcept { return slow_lanes_; }
    /// Attempts that slow lanes may hold together.
    [[nodiscard]] int slow_places() const noexcept { return slow_places_; }

private:
    using order = std::set<std::pair<double, std::string>>;  // time received, lane
    struct record {
        int limit;
        int running = 0;
        int capped = unlimited;
        bool slow = false;
        std::uint64_t parked_after = 0;  // so many calls
        pace service{};
        std::set<std::string> parked_in{};  // queues
        std::optional<order::iterator> place{};
    };

    [[nodiscard]] record& at(const std::string& lane);
    [[nodiscard]] int own_places(const record& r) const noexcept;
    [[nodiscard]] order& order_of(const record& r) noexcept { return orders_.at(r.slow ? 1 : 0); }
    [[nodiscard]] const order& quick() const noexcept { return orders_[0]; }
    [[nodiscard]] const order& slow() const noexcept { return orders_[1]; }
    void remove_from_order(record& r);
    void put_in_order(const std::string& lane, record& r);
    [[nodiscard]] std::vector<std::string> next_lanes(std::size_t most) const;
    void forget_idle();

    int limit_;
    int slots_;
    pace_rules rules_;
    int slow_places_;
    int slow_running_ = 0;
    std::size_t slow_lanes_ = 0;
    double floor_ = 0;             // time received by the one served last
    std::array<order, 2> orders_;  // of lanes that may be opened: quick and slow ones
    std::unordered_map<std::string, record> known_;
    std::size_t forget_at_ = most_idle;
};

}  // namespace dormouse::worker
