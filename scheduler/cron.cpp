#include "scheduler/cron.hpp"

#include <bit>
#include <optional>
#include <stdexcept>

namespace dormouse::scheduler {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::year_month;
using std::chrono::year_month_day;

// The rarest day is 29 February on a given weekday: up to 40 years apart where a century has no leap day.
constexpr int longest_search = 41 * 12;

template <class Bits>
std::optional<unsigned> lowest_from(Bits set, unsigned from) {
    const auto left = static_cast<Bits>(set >> from << from);
    if (left == 0) return std::nullopt;
    return static_cast<unsigned>(std::countr_zero(left));
}

template <class Bits>
std::optional<unsigned> highest_until(Bits set, unsigned until) {
    const auto left = static_cast<Bits>(set & (Bits{2} << until) - 1);
    if (left == 0) return std::nullopt;
    return static_cast<unsigned>(std::bit_width(left)) - 1;
}

minutes time_of(unsigned hour, unsigned minute) { return std::chrono::hours{hour} + minutes{minute}; }

struct clock_time {
    unsigned hour;
    unsigned minute;
};

clock_time split(minutes of_day) {
    const auto count = static_cast<unsigned>(of_day.count());
    return {count / 60, count % 60};
}

std::optional<minutes> first_time_from(const cron_fields& f, minutes of_day) {
    const auto from = split(of_day);
    if ((f.hours >> from.hour & 1) != 0)
        if (const auto minute = lowest_from(f.minutes, from.minute)) return time_of(from.hour, *minute);
    const auto hour = lowest_from(f.hours, from.hour + 1);
    if (!hour) return std::nullopt;
    return time_of(*hour, static_cast<unsigned>(std::countr_zero(f.minutes)));
}

std::optional<minutes> last_time_until(const cron_fields& f, minutes of_day) {
    const auto until = split(of_day);
    if ((f.hours >> until.hour & 1) != 0)
        if (const auto minute = highest_until(f.minutes, until.minute)) return time_of(until.hour, *minute);
    const auto hour = until.hour == 0 ? std::nullopt : highest_until(f.hours, until.hour - 1);
    if (!hour) return std::nullopt;
    return time_of(*hour, static_cast<unsigned>(std::bit_width(f.minutes)) - 1);
}

// Bit n for every nth day of the month that falls on one of `weekdays`.
std::uint64_t days_on(std::uint32_t weekdays, year_month month) {
    const auto first = std::chrono::weekday{local_days{month / 1}}.c_encoding();
    const std::uint64_t from_first = (weekdays >> first | weekdays << (7 - first)) & 0x7F;
    constexpr std::uint64_t five_weeks = 1 | 1ULL << 7 | 1ULL << 14 | 1ULL << 21 | 1ULL << 28;
    return from_first * five_weeks << 1;
}

}  // namespace

base::result<cron_expression> cron_expression::parse(std::string_view text) {
    const auto fields = parse_cron_fields(text);
    if (!fields) return fields.error();
    return cron_expression{std::string{text}, *fields};
}

bool cron_expression::every_hour() const noexcept { return std::popcount(fields_.hours) == 24; }

bool cron_expression::names(local_seconds t) const {
    const auto day = std::chrono::floor<days>(t);
    const auto time = split(std::chrono::floor<minutes>(t - day));
    return (fields_.hours >> time.hour & 1) != 0 && (fields_.minutes >> time.minute & 1) != 0 && names_day(day);
}

std::uint32_t cron_expression::days_of(year_month month) const {
    if ((fields_.months >> static_cast<unsigned>(month.month()) & 1) == 0) return 0;
    const auto last = static_cast<unsigned>((month / std::chrono::last).day());
    const auto of_month = (1ULL << (last + 1)) - 2;
    const auto by_date = fields_.days | (fields_.last_day ? 1ULL << last : 0);
    const auto by_weekday = days_on(fields_.weekdays, month);
    return static_cast<std::uint32_t>((fields_.either_day() ? by_date | by_weekday : by_date & by_weekday) & of_month);
}

bool cron_expression::names_day(local_days day) const {
    const year_month_day date{day};
    return (days_of(date.year() / date.month()) >> static_cast<unsigned>(date.day()) & 1) != 0;
}

local_days cron_expression::first_day_from(local_days from) const {
    const year_month_day date{from};
    auto month = date.year() / date.month();
    auto first = static_cast<unsigned>(date.day());
    for (int step = 0; step < longest_search; ++step, month += months{1}, first = 1)
        if (const auto day = lowest_from(days_of(month), first)) return local_days{month / static_cast<int>(*day)};
    throw std::logic_error{"a cron expression without a day: " + text_};
}

local_days cron_expression::last_day_until(local_days until) const {
    const year_month_day date{until};
    auto month = date.year() / date.month();
    auto last = static_cast<unsigned>(date.day());
    for (int step = 0; step < longest_search; ++step, month -= months{1}, last = 31)
        if (const auto day = highest_until(std::uint64_t{days_of(month)}, last))
            return local_days{month / static_cast<int>(*day)};
    throw std::logic_error{"a cron expression without a day: " + text_};
}

local_seconds cron_expression::first_from(local_seconds t) const {
    const auto from = std::chrono::ceil<minutes>(t);
    const auto today = std::chrono::floor<days>(from);
    if (names_day(today))
        if (const auto time = first_time_from(fields_, from - today)) return today + *time;
    return first_day_from(today + days{1}) + first_time_from(fields_, minutes{0}).value();
}

local_seconds cron_expression::last_until(local_seconds t) const {
    const auto until = std::chrono::floor<minutes>(t);
    const auto today = std::chrono::floor<days>(until);
    if (names_day(today))
        if (const auto time = last_time_until(fields_, until - today)) return today + *time;
    return last_day_until(today - days{1}) + last_time_until(fields_, minutes{24 * 60 - 1}).value();
}

}  // namespace dormouse::scheduler
