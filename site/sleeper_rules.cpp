#include "site/sleeper_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dormouse::site {

namespace {
constexpr std::string_view earlier_certificate = "earlier_certificate";

rule first_no(const sleeper_summary& s, const sleeper_options& o, day as_of) {
    if (!s.level_enabled) return rule::level_off;
    if (!s.level_exists) return rule::level_gone;
    if (!s.any_key) return rule::no_keys;
    if (s.unlimited) return rule::unlimited;
    if (!s.last_end || *s.last_end > as_of) return rule::not_lapsed;
    if (o.ancestors && s.active_above) return rule::ancestor;
    if (s.certified) return rule::certificate;
    if (!s.user_exists) return rule::user_gone;
    if (o.blocked && s.blocked) return rule::blocked;
    return rule::sleeper;
}

/// The keys of the level as one grouped read of them would give them.
void sum_up(std::span<const key_row> keys, sleeper_summary& into) {
    for (const auto& k : keys) {
        if (k.banned) continue;
        into.any_key = true;
        into.unlimited |= k.unlimited;
        const auto end = parse_day(k.date_end);
        if (!end || std::pair{*end, k.id} <= std::pair{into.last_end.value_or(day{}), into.key_id}) continue;
        into.last_end = end;
        into.key_id = k.id;
    }
}
}  // namespace

sleeper_options options_of(const config::sleepers_settings& s) noexcept {
    using from = config::certificates_that_count;
    using to = sleeper_options::certificates;
    return {.certificate_rule = s.certificates == from::any ? to::any : to::since_access_start,
            .ancestors = s.ancestors,
            .ledger = s.ledger,
            .blocked = s.blocked};
}

std::string_view name_of(rule r) noexcept {
    static constexpr std::array<std::string_view, 10> names{"level_off",  "level_gone", "no_keys",     "unlimited",
                                                            "not_lapsed", "ancestor",   "certificate", "user_gone",
                                                            "blocked",    "sleeper"};
    return names.at(static_cast<std::size_t>(r));
}

sleeper_verdict judge(const sleeper_summary& s, const sleeper_options& o, day as_of) {
    sleeper_verdict v;
    v.decided_by = first_no(s, o, as_of);
    v.is_sleeper = v.decided_by == rule::sleeper;
    v.key_id = s.key_id;
    if (s.last_end && !s.unlimited && *s.last_end <= as_of) {
        v.lapse = to_text(*s.last_end);
        v.days = static_cast<int>((as_of - *s.last_end).count());
    }
    if (s.certified_before) v.flags = earlier_certificate;
    return v;
}

sleeper_verdict judge(const sleeper_facts& f, const sleeper_options& o, day as_of) {
    return judge(summary_of(f, o, as_of), o, as_of);
}

sleeper_summary summary_of(const sleeper_facts& f, const sleeper_options& o, day as_of) {
    sleeper_summary s;
    s.level_exists = f.level_exists;
    s.level_enabled = f.level_enabled;
    sum_up(f.keys, s);
    s.active_above = std::ranges::any_of(f.ancestor_keys, [&](const key_row& k) { return is_active(k, as_of); });
    const bool all_count = o.certificate_rule == sleeper_options::certificates::any;
    const auto start = access_start(f.keys);
    for (const auto& c : f.certificates) {
        if (!is_by_hand(c, f.level_issues_itself, o)) continue;
        (all_count || is_since(c, start) ? s.certified : s.certified_before) = true;
    }
    s.user_exists = f.user_exists;
    s.blocked = means_blocked(f.user_status);
    return s;
}

bool is_active(const key_row& k, day as_of) {
    if (k.banned) return false;
    if (k.unlimited) return true;
    const auto end = parse_day(k.date_end);
    return end && *end > as_of;
}

bool means_blocked(std::string_view user_status) noexcept { return user_status == "inactive"; }

bool is_by_hand(const certificate_row& c, bool level_issues_itself, const sleeper_options& o) {
    if (o.ledger && c.ledger == "MANUAL") return true;
    if (o.ledger && c.ledger == "AUTO") return false;
    return !level_issues_itself;
}

std::optional<day> access_start(std::span<const key_row> keys) {
    struct period {
        day end;
        std::optional<day> start;
    };
    std::vector<period> periods;
    for (const auto& k : keys)
        if (const auto end = parse_day(k.date_end); end && !k.banned)
            periods.push_back({*end, parse_day(k.date_start)});
    std::ranges::sort(periods, std::ranges::greater{}, &period::end);
    if (periods.empty()) return std::nullopt;
    auto start = periods.front().start;
    for (const auto& p : periods) {
        if (!start || p.end < *start) break;
        start = p.start ? std::min(start, p.start) : p.start;
    }
    return start;
}

bool is_since(const certificate_row& c, std::optional<day> start) {
    if (!start) return true;
    const auto issued = parse_day(c.date_issue);
    const auto made = parse_day(c.create_date);
    if (!issued && !made) return true;
    return (issued && *issued >= *start) || (made && *made >= *start);
}

}  // namespace dormouse::site
