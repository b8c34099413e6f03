#include "scheduler/reminders/pace.hpp"

#include <algorithm>

namespace dormouse::scheduler {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct wall_time {
    stretch in;
    std::chrono::local_days day;
    seconds since_midnight;
};

wall_time read_clock(const time_zone& zone, base::time_ms now) {
    const auto t = std::chrono::floor<seconds>(now);
    const auto in = zone.at(t);
    const auto local = in.local(t);
    const auto day = std::chrono::floor<std::chrono::days>(local);
    return {in, day, local - day};
}

bool is_open(const sending_window& w, const wall_time& t) {
    return t.since_midnight >= w.from && t.since_midnight < w.to;
}

/// When the wall clock of the stretch shows this time, or the clock is changed before it does.
base::time_ms shown_at(const stretch& in, std::chrono::local_seconds wanted) {
    return std::min(in.instant(wanted), in.end);
}

}  // namespace

pace pace_of(const sending_window& w, const time_zone& zone, int per_hour, base::time_ms now, base::time_ms last) {
    const auto clock = read_clock(zone, now);
    if (!is_open(w, clock)) return {now, base::ms{0}, now};
    pace p{now, base::ms{0}, std::max(shown_at(clock.in, clock.day + w.to), now + base::ms{1})};
    if (per_hour <= 0) return p;
    p.step = base::ms{std::chrono::hours{1}} / per_hour;
    if (last >= now) p.next = last + p.step;
    return p;
}

base::time_ms next_opening(const sending_window& w, const time_zone& zone, base::time_ms now) {
    auto t = now;
    for (;;) {
        const auto clock = read_clock(zone, t);
        if (is_open(w, clock)) return t;
        const auto today = clock.since_midnight < w.from;
        const auto opening = shown_at(clock.in, clock.day + (today ? minutes{0} : minutes{std::chrono::hours{24}}) +
                                                    (today ? w.from : minutes{0}));
        t = std::max(opening, base::time_ms{std::chrono::floor<seconds>(t) + seconds{1}});
    }
}

std::vector<site::opening> openings_from(const sending_window& w, const time_zone& zone, base::time_ms now,
                                         std::size_t count) {
    std::vector<site::opening> out;
    if (w == sending_window{}) return out;
    out.reserve(count);
    for (auto t = now; out.size() < count; t = out.back().to) {
        const auto from = next_opening(w, zone, t);
        out.push_back({from, pace_of(w, zone, 0, from, {}).end});
    }
    return out;
}

}  // namespace dormouse::scheduler
