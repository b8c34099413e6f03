#include "jobs/licence/period.hpp"

#include "base/ascii.hpp"
#include "base/utc.hpp"

#include <array>

namespace dormouse::jobs::licence {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 4> units{"day", "week", "month", "year"};
constexpr std::int64_t longest_interval = 1000;
constexpr base::time_ms earliest = std::chrono::sys_days{2000y / 1 / 1};
constexpr auto farthest = std::chrono::years{10};

base::error wrong(std::string_view member, std::string_view expected) {
    return {base::errc::invalid_argument, std::string{member} + ": expected " + std::string{expected}};
}

}  // namespace

std::string_view unit_of(std::string_view text) noexcept {
    for (const auto unit : units)
        if (base::same_but_for_case(text, unit) || base::same_but_for_case(text, unit.substr(0, 1))) return unit;
    return {};
}

base::result<billing_period> read_period(std::string_view unit, std::optional<std::int64_t> interval,
                                         std::string_view date) {
    billing_period p;
    p.unit = unit_of(unit);
    if (p.unit.empty()) return wrong("billing_period", "D, W, M, Y, day, week, month or year");
    if (!interval || *interval < 1 || *interval > longest_interval)
        return wrong("billing_interval", "a whole number from 1 to 1000");
    p.interval = *interval;
    const auto next = base::parse_utc(date);
    if (!next) return wrong("next_payment_date_gmt", "a time in UTC, such as 2026-12-21 10:00:00");
    p.next = *next;
    return p;
}

base::result<void> check_window(const billing_period& p, base::time_ms now) {
    if (p.next >= earliest && p.next <= now + farthest) return {};
    return wrong("next_payment_date_gmt", "a time from the year 2000 to ten years from now, got " + to_seconds(p.next));
}

std::string to_seconds(base::time_ms t) {
    constexpr std::size_t up_to_seconds = std::string_view{"2026-12-21T10:00:00"}.size();
    return base::to_iso8601(t).substr(0, up_to_seconds) + "Z";
}

}  // namespace dormouse::jobs::licence
