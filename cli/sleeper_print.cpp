#include "cli/sleeper_print.hpp"

#include "cli/table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <iomanip>
#include <ostream>
#include <string>

namespace dormouse::cli {

namespace {
namespace json = boost::json;

// Fixed, because rows are not kept until the widest is known; a longer number moves its own line only.
constexpr int id_width = 10;
constexpr int day_width = 10;
constexpr int days_width = 6;

json::object to_json(const site::sleeper_row& r) {
    return {{"user_id", r.user_id}, {"term_id", r.term_id}, {"lapse", site::to_text(r.lapse)},
            {"days", r.days},       {"key_id", r.key_id},   {"flags", r.flags}};
}

void print_line(std::ostream& out, const std::string& level, const std::string& user, const std::string& since,
                const std::string& days, const std::string& key, const std::string& flags) {
    out << std::right << std::setw(id_width) << level << "  " << std::setw(id_width) << user << "  " << std::left
        << std::setw(day_width) << since << "  " << std::right << std::setw(days_width) << days << "  "
        << std::setw(id_width) << key;
    if (!flags.empty()) out << "  " << flags;
    out << '\n';
}
}  // namespace

void sleeper_printer::begin() {
    if (begun_) return;
    begun_ = true;
    switch (format_) {
        case sleeper_format::table: print_line(out_, "LEVEL", "USER", "SINCE", "DAYS", "KEY", "FLAGS"); break;
        case sleeper_format::csv: out_ << "user_id,term_id,lapse,days,key_id,flags\n"; break;
        case sleeper_format::json: out_ << R"({"as_of":")" << site::to_text(as_of_) << R"(","sleepers":[)"; break;
    }
}

void sleeper_printer::add(const std::vector<site::sleeper_row>& rows) {
    begin();
    for (const auto& r : rows) {
        const auto text = [](auto number) { return std::to_string(number); };
        switch (format_) {
            case sleeper_format::table:
                print_line(out_, text(r.term_id), text(r.user_id), site::to_text(r.lapse), text(r.days), text(r.key_id),
                           r.flags);
                break;
            case sleeper_format::csv:
                out_ << r.user_id << ',' << r.term_id << ',' << site::to_text(r.lapse) << ',' << r.days << ','
                     << r.key_id << ",\"" << r.flags << "\"\n";
                break;
            case sleeper_format::json: out_ << (any_ ? ",\n" : "\n") << json::serialize(to_json(r)); break;
        }
        any_ = true;
    }
}

void sleeper_printer::end(const scheduler::scan_report& r) {
    begin();
    if (format_ == sleeper_format::table)
        out_ << '\n'
             << r.counts.sleepers << " sleepers of " << r.counts.levels << " watched levels as of "
             << site::to_text(r.as_of) << '\n';
    if (format_ == sleeper_format::json)
        out_ << R"(],"levels":)" << r.counts.levels << R"(,"rows_read":)" << r.counts.rows_read << R"(,"took_ms":)"
             << r.took.count() << "}\n";
}

namespace {
json::value next_letter(const explained& e) {
    if (!e.next) return {};
    return json::object{{"stage", site::to_string(e.next->stage)}, {"due", site::to_text(e.next->due)}};
}

std::string next_in_words(const explained& e) {
    if (!e.next_unknown.empty()) return "not known: " + e.next_unknown;
    if (!e.next) return "none";
    const auto due = e.next->due <= e.as_of ? std::string{"due now"} : "due on " + site::to_text(e.next->due);
    return std::string{site::to_string(e.next->stage)} + ", " + due;
}
}  // namespace

json::object to_json(const scheduler::scan_report& r) {
    return {{"as_of", site::to_text(r.as_of)}, {"levels", r.counts.levels}, {"sleepers", r.counts.sleepers},
            {"added", r.counts.added},         {"gone", r.counts.gone},     {"rows_read", r.counts.rows_read},
            {"took_ms", r.took.count()}};
}

json::object to_json(const explained& e) {
    json::array rules;
    for (const auto& r : e.rules)
        rules.emplace_back(json::object{{"rule", site::name_of(r.rule)},
                                        {"objects", r.objects},
                                        {"why", r.why},
                                        {"rows", json::array(r.rows.begin(), r.rows.end())}});
    return {{"user_id", e.facts.user_id},
            {"term_id", e.facts.term_id},
            {"as_of", site::to_text(e.as_of)},
            {"is_sleeper", e.verdict.is_sleeper},
            {"decided_by", site::name_of(e.verdict.decided_by)},
            {"lapse", e.verdict.lapse.empty() ? json::value{} : json::value(e.verdict.lapse)},
            {"days", e.verdict.days},
            {"key_id", e.verdict.key_id},
            {"flags", e.verdict.flags},
            {"rules", std::move(rules)},
            {"next_letter", next_letter(e)}};
}

void print(std::ostream& out, const explained& e) {
    constexpr int rule_width = 11;
    out << "user " << e.facts.user_id << ", level " << e.facts.term_id << ", as of " << site::to_text(e.as_of) << ": "
        << scheduler::in_words(e.verdict) << "\n\n";
    for (const auto& r : e.rules) {
        out << (r.objects ? "  NO  " : "  ok  ") << std::left << std::setw(rule_width) << site::name_of(r.rule) << "  "
            << printable(r.why) << '\n';
        for (const auto& row : r.rows) out << "        " << printable(row) << '\n';
    }
    if (e.verdict.is_sleeper) out << "\nnext letter: " << printable(next_in_words(e)) << '\n';
}

}  // namespace dormouse::cli
