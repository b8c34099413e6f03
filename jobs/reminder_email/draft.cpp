#include "jobs/reminder_email/draft.hpp"

#include "net/html_text.hpp"
#include "site/connection.hpp"
#include "site/level_letters.hpp"
#include "site/pool.hpp"
#include "site/sleepers.hpp"
#include "site/suppressions.hpp"

#include <algorithm>

namespace dormouse::jobs::reminder_email {

namespace {

using site::letter_refusal;
using site::letter_stage;
using site::letter_state;

letter_refusal skipped(std::string reason) { return {letter_state::skipped, std::move(reason)}; }

/// WordPress keeps names of levels and of people with entities. What has a line break in it is left for the header to
/// refuse.
std::string text_of_name(const std::string& name) {
    if (name.find('&') == std::string::npos || std::ranges::any_of(name, [](unsigned char c) { return c < ' '; }))
        return name;
    auto text = net::text_of_html(name);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

std::optional<site::person> find_person(site::connection& c, const site::tables& t, std::int64_t user_id) {
    auto who = site::read_person(c, t, user_id);
    if (who) who->name = text_of_name(who->name);
    return who;
}

/// Subject and body of the stage as they are stored now; false if the letter is off.
bool take_texts(draft& d, const site::level_settings& level) {
    d.course = text_of_name(level.name);
    const bool admin = d.stage == letter_stage::admin;
    const auto number = static_cast<std::size_t>(d.stage) - 1;
    d.subject = admin ? level.admin.subject : level.letters.at(number).subject;
    d.body = admin ? level.admin.body : level.letters.at(number).body;
    return admin ? level.admin.is_on() : level.letters.at(number).is_on();
}

/// Those whom the letter may still speak of; with the reason of the last who was left out.
std::optional<letter_refusal> take_students(draft& d, site::connection& c, const draft_sources& s,
                                            const std::vector<site::letter_identity>& candidates, site::day today) {
    std::optional<letter_refusal> why = skipped("nobody_left");
    for (const auto& one : candidates) {
        const auto verdict =
            site::judge(site::read_sleeper_facts(c, s.tables, one.user_id, one.term_id), s.rules, today);
        auto no = refusal_of(verdict, one.lapse);
        if (!no)
            if (auto who = find_person(c, s.tables, one.user_id)) d.about.push_back({std::move(*who), one.lapse});
        if (no) why = std::move(no);
    }
    return d.about.empty() ? why : std::nullopt;
}

void take_address(draft& d, const site::level_settings& level, const site::letter_options& options) {
    const bool admin = d.stage == letter_stage::admin;
    const auto& own = level.admin.email;
    d.date_format = options.date_format;
    d.to = admin ? (own.empty() ? options.admin_email : own) : d.about.front().who.email;
    if (!admin) d.to_name = d.about.front().who.name;
}

}  // namespace

draft_sources sources_of(site::pool& p, const config::sleepers_settings& rules) {
    using enum site::sleeper_options::certificates;
    const bool since = rules.certificates == config::certificates_that_count::since_access_start;
    return {.tables = site::tables_of(p),
            .options = p.table("options"),
            .suppression = p.table("dormouse_suppression"),
            .rules = {.certificate_rule = since ? since_access_start : any,
                      .ancestors = rules.ancestors,
                      .ledger = rules.ledger,
                      .blocked = rules.blocked}};
}

std::optional<letter_refusal> refusal_of(const site::sleeper_verdict& v, const std::string& lapse) {
    using enum site::rule;
    switch (v.decided_by) {
        case sleeper: break;
        case unlimited:
        case not_lapsed:
        case ancestor: return skipped("renewed");
        default: return skipped(std::string{site::name_of(v.decided_by)});
    }
    // Another lapse is another cycle, with letters of its own.
    return v.lapse == lapse ? std::nullopt : std::optional{skipped("renewed")};
}

looked look_again(site::connection& c, const draft_sources& s, const site::reminder& row,
                  const std::vector<site::reminder>& members, site::day today) {
    looked out;
    auto& d = out.letter;
    d.term_id = row.what.term_id;
    d.stage = row.what.stage;
    std::vector<site::letter_identity> candidates;
    if (row.what.user_id != 0) candidates.push_back(row.what);
    for (const auto& m : members) candidates.push_back(m.what);
    out.no = take_students(d, c, s, candidates, today);
    if (out.no) return out;
    const auto level = site::read_level(c, s.tables, d.term_id);
    if (!take_texts(d, level)) out.no = skipped("letter_off");
    if (out.no) return out;
    take_address(d, level, site::read_letter_options(c, s.options));
    if (d.to.empty()) out.no = skipped("no_address");
    if (auto listed = site::suppressions::find(c, s.suppression, site::hash_address(d.to)))
        out.no = {letter_state::suppressed, std::move(listed->reason)};
    return out;
}

looked look_at_test(site::connection& c, const draft_sources& s, const test_letter& t, site::day today) {
    looked out;
    auto& d = out.letter;
    d.term_id = t.term_id;
    d.stage = t.stage;
    auto who = find_person(c, s.tables, t.user_id);
    if (!who) out.no = skipped("user_gone");
    if (out.no) return out;
    d.about.push_back({std::move(*who), site::to_text(today)});
    const auto level = site::read_level(c, s.tables, t.term_id);
    if (!level.exists) out.no = skipped("level_gone");
    if (out.no) return out;
    if (!take_texts(d, level)) out.no = skipped("letter_off");
    d.date_format = site::read_letter_options(c, s.options).date_format;
    d.to = d.about.front().who.email;
    d.to_name = d.about.front().who.name;
    return out;
}

}  // namespace dormouse::jobs::reminder_email
