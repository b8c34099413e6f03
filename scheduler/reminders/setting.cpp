#include "scheduler/reminders/setting.hpp"

#include "site/connection.hpp"
#include "site/options.hpp"
#include "site/pool.hpp"
#include "site/tables.hpp"

#include <charconv>

namespace dormouse::scheduler {

namespace {

/// `09:30`
std::optional<std::chrono::minutes> read_time_of_day(std::string_view text) {
    constexpr std::size_t length = 5;
    int hours = 0;
    int minutes = 0;
    if (text.size() != length || text[2] != ':') return std::nullopt;
    const auto* const from = text.data();
    const auto hour_end = std::from_chars(from, from + 2, hours);
    const auto minute_end = std::from_chars(from + 3, from + length, minutes);
    if (hour_end.ptr != from + 2 || minute_end.ptr != from + length || minutes > 59) return std::nullopt;
    return std::chrono::hours{hours} + std::chrono::minutes{minutes};
}

}  // namespace

base::result<sending_window> read_window(std::string_view text) {
    const auto dash = text.find('-');
    const auto from = read_time_of_day(text.substr(0, dash));
    const auto to = read_time_of_day(dash == std::string_view::npos ? std::string_view{} : text.substr(dash + 1));
    if (!from || !to || *from >= *to || *to > std::chrono::hours{24})
        return base::error{base::errc::invalid_argument,
                           "scheduler.reminders.window: expected hours such as 09:00-20:00, got " + std::string{text}};
    return sending_window{*from, *to};
}

reminder_options options_of(const config::reminders_settings& s) noexcept {
    return {s.look_back, s.school == config::school_letters::digest};
}

base::awaitable<base::result<time_zone>> read_zone(site::pool& p, const config::scheduler_settings& s,
                                                   base::deadline limit) {
    if (!s.zone.empty()) co_return time_zone::find(s.zone);
    site::options options{p};
    auto read = co_await options.read({"timezone_string", "gmt_offset"}, limit);
    if (!read) co_return base::fail(std::move(read));
    co_return time_zone::of_site((*read)["timezone_string"], (*read)["gmt_offset"]);
}

base::awaitable<base::result<std::vector<site::opening>>> read_openings(site::pool& p,
                                                                        const config::scheduler_settings& s,
                                                                        base::time_ms now, base::deadline limit) {
    const auto window = read_window(s.reminders.window);
    if (!window) co_return window.error();
    if (*window == sending_window{}) co_return std::vector<site::opening>{};
    const auto zone = co_await read_zone(p, s, limit);
    if (!zone) co_return zone.error();
    co_return openings_from(*window, *zone, now);
}

base::awaitable<base::result<reminder_setting>> read_setting(site::pool& p, const config::scheduler_settings& s,
                                                             base::deadline limit) {
    const auto window = read_window(s.reminders.window);
    if (!window) co_return window.error();
    auto zone = co_await read_zone(p, s, limit);
    if (!zone) co_return base::fail(std::move(zone));
    auto levels = co_await p.run(
        [tables = site::tables_of(p)](site::connection& c) -> base::result<level_map> {
            level_map out;
            for (auto& level : site::read_levels(c, tables)) {
                const auto id = level.term_id;
                out.emplace(id, std::move(level));
            }
            return out;
        },
        limit, site::on_loss::repeat);
    if (!levels) co_return base::fail(std::move(levels));
    co_return reminder_setting{std::move(*levels), std::move(*zone), *window, options_of(s.reminders),
                               s.reminders.per_hour};
}

}  // namespace dormouse::scheduler
