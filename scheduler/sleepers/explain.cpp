#include "scheduler/sleepers/explain.hpp"

#include <algorithm>
#include <utility>

namespace dormouse::scheduler {

namespace {

using site::rule;

std::string id(std::int64_t number) { return std::to_string(number); }

std::string row_text(const site::key_row& k, bool with_level) {
    auto out = "key " + id(k.id) + ": " + (k.status.empty() ? "no status" : k.status) + ", " + k.date_start + " to " +
               k.date_end;
    if (with_level) out += ", level " + id(k.term_id);
    if (k.unlimited) out += ", unlimited";
    if (k.banned) out += ", banned: does not count";
    if (k.key_type == "wpm_keys_basket") out += ", in the basket";
    return out;
}

std::vector<std::string> key_rows(const std::vector<site::key_row>& keys, bool with_level) {
    std::vector<std::string> out;
    out.reserve(keys.size());
    for (const auto& k : keys) out.push_back(row_text(k, with_level));
    return out;
}

/// The rules over one student's facts, one function each.
class explanation {
public:
    explanation(const site::sleeper_facts& f, const site::sleeper_options& o, site::day as_of)
        : facts_{f}, options_{o}, as_of_{as_of}, sum_{site::summary_of(f, o, as_of)} {}

    [[nodiscard]] std::vector<explained_rule> all() const {
        return {level_off(), level_gone(),  no_keys(),   unlimited(), not_lapsed(),
                ancestor(),  certificate(), user_gone(), blocked()};
    }

private:
    [[nodiscard]] explained_rule level_off() const {
        const bool off = !facts_.level_enabled;
        return {rule::level_off,
                off,
                off ? "the level is not watched: its mlm_enabled is not 1" : "the level is watched",
                {}};
    }

    [[nodiscard]] explained_rule level_gone() const {
        const bool gone = !facts_.level_exists;
        return {rule::level_gone,
                gone,
                gone ? "the level is not in the taxonomy wpm-levels (any more)" : "the level exists",
                {}};
    }

    [[nodiscard]] explained_rule no_keys() const {
        return {rule::no_keys, !sum_.any_key,
                sum_.any_key ? "the user has keys of the level" : "the user has no key of the level that is not banned",
                key_rows(facts_.keys, false)};
    }

    [[nodiscard]] explained_rule unlimited() const {
        return {rule::unlimited,
                sum_.unlimited,
                sum_.unlimited ? "one of them is unlimited" : "none of them is unlimited",
                {}};
    }

    [[nodiscard]] explained_rule not_lapsed() const {
        const auto today = site::to_text(as_of_);
        if (!sum_.last_end) return {rule::not_lapsed, true, "none of them has a real end", {}};
        const auto end = "the last of them, key " + id(sum_.key_id) + ", ends " + site::to_text(*sum_.last_end);
        if (*sum_.last_end > as_of_) return {rule::not_lapsed, true, end + ", after " + today + " (UTC)", {}};
        return {rule::not_lapsed, false, end + "; that day is without access already", {}};
    }

    [[nodiscard]] explained_rule ancestor() const {
        explained_rule out{rule::ancestor, options_.ancestors && sum_.active_above, {}, {}};
        for (const auto& k : facts_.ancestor_keys)
            out.rows.push_back(row_text(k, true) + (site::is_active(k, as_of_) ? ", active" : ", not active"));
        if (facts_.ancestors.empty())
            out.why = "there is no level above this one";
        else if (!sum_.active_above)
            out.why = "no key of a level above is active";
        else
            out.why = options_.ancestors ? "an active key of a level above opens this one"
                                         : "an active key of a level above, which does not count by configuration";
        return out;
    }

    [[nodiscard]] std::string certificate_row(const site::certificate_row& c) const {
        auto out = "certificate " + id(c.id) + ": issued " + c.date_issue;
        if (!c.create_date.empty()) out += ", made " + c.create_date;
        const bool by_hand = site::is_by_hand(c, facts_.level_issues_itself, options_);
        const bool by_ledger = options_.ledger && (c.ledger == "MANUAL" || c.ledger == "AUTO");
        out += by_hand ? ", by hand" : ", automatic";
        return out + (by_ledger ? " (by the ledger)" : " (by the level's setting)");
    }

    [[nodiscard]] explained_rule certificate() const {
        explained_rule out{rule::certificate, sum_.certified, {}, {}};
        for (const auto& c : facts_.certificates) out.rows.push_back(certificate_row(c));
        if (sum_.certified)
            out.why = "a certificate was given by hand";
        else if (sum_.certified_before)
            out.why = "a certificate was given by hand, but before the access that lapsed began on " + start();
        else
            out.why = facts_.certificates.empty() ? "there is no certificate" : "no certificate was given by hand";
        return out;
    }

    [[nodiscard]] std::string start() const {
        const auto day = site::access_start(facts_.keys);
        return day ? site::to_text(*day) : "an unknown day";
    }

    [[nodiscard]] explained_rule user_gone() const {
        return {
            rule::user_gone, !facts_.user_exists, facts_.user_exists ? "the user exists" : "there is no such user", {}};
    }

    [[nodiscard]] explained_rule blocked() const {
        explained_rule out{rule::blocked, options_.blocked && sum_.blocked, "the user is not blocked", {}};
        if (sum_.blocked)
            out.why =
                options_.blocked ? "the user is blocked" : "the user is blocked, which does not count by configuration";
        if (!facts_.user_status.empty()) out.rows.push_back("wpm_status: " + facts_.user_status);
        return out;
    }

    const site::sleeper_facts& facts_;
    const site::sleeper_options& options_;
    site::day as_of_;
    site::sleeper_summary sum_;
};

}  // namespace

std::vector<explained_rule> explain(const site::sleeper_facts& f, const site::sleeper_options& o, site::day as_of) {
    return explanation{f, o, as_of}.all();
}

std::string in_words(const site::sleeper_verdict& v) {
    if (!v.is_sleeper) return "no sleeper: " + std::string{site::name_of(v.decided_by)};
    return "a sleeper since " + v.lapse + ", " + std::to_string(v.days) + (v.days == 1 ? " day" : " days");
}

}  // namespace dormouse::scheduler
