#pragma once
// What the clock on the wall of a place shows at which instant: the system's tzdata (read through date-tz), or a
// fixed offset, which is what WordPress calls `gmt_offset`. tzdata is read when a zone is first used and kept until
// the program ends; it lists changes up to the end of 2037 and, in a few zones, later.

#include "base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace dormouse::scheduler {

/// A time on a wall clock, without saying where.
using local_seconds = std::chrono::local_seconds;

/// From one change of the clock to the next: [begin, end), with one offset (or a change of name alone).
struct stretch {
    std::chrono::sys_seconds begin;
    std::chrono::sys_seconds end;
    std::chrono::seconds offset;  ///< Local time less UTC.

    [[nodiscard]] local_seconds local(std::chrono::sys_seconds t) const { return as_local(t + offset); }
    [[nodiscard]] local_seconds local_begin() const { return as_local(begin + offset); }
    [[nodiscard]] local_seconds local_end() const { return as_local(end + offset); }
    [[nodiscard]] std::chrono::sys_seconds instant(local_seconds t) const {
        return std::chrono::sys_seconds{t.time_since_epoch()} - offset;
    }

private:
    static local_seconds as_local(std::chrono::sys_seconds t) { return local_seconds{t.time_since_epoch()}; }
};

/// A small value. Reading it is thread-safe.
class time_zone {
public:
    /// An IANA name (`Europe/Berlin`, `UTC`; case counts) or an offset (`+05:30`, `-3.5`, `UTC+3`) from -12 to +14
    /// hours in whole minutes. Unknown: `invalid_argument`, with the right name where only the case was wrong.
    [[nodiscard]] static base::result<time_zone> find(std::string_view name);

    /// The site's zone out of WordPress' two options: `timezone_string`, or `gmt_offset` where that is empty, or UTC.
    [[nodiscard]] static base::result<time_zone> of_site(std::string_view timezone_string, std::string_view gmt_offset);

    /// As IANA writes it; `UTC+05:30` for an offset.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// The stretch that `t` lies in. Outside of what tzdata lists, the first or last offset holds for ever.
    [[nodiscard]] stretch at(std::chrono::sys_seconds t) const;

private:
    time_zone(std::string name, const date::time_zone* rules, std::chrono::seconds fixed)
        : name_{std::move(name)}, rules_{rules}, fixed_{fixed} {}

    std::string name_;
    const date::time_zone* rules_;  ///< Lives as long as the program; null for a fixed offset.
    std::chrono::seconds fixed_;
};

}  // namespace dormouse::scheduler
