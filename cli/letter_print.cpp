#include "cli/letter_print.hpp"

#include "cli/table.hpp"

#include <boost/json/serialize.hpp>

#include <ostream>
#include <utility>

namespace dormouse::cli {

namespace {

namespace json = boost::json;
using site::letter_state;

json::value time_or_null(const std::optional<base::time_ms>& t) {
    return t ? json::value(base::to_iso8601(*t)) : json::value{};
}

std::string text_of(std::chrono::local_days d) { return site::to_text(site::day{d.time_since_epoch()}); }

/// The digest of a level and day is nobody's.
std::string user_of(const site::letter_identity& what) {
    return what.user_id == 0 ? "-" : std::to_string(what.user_id);
}

std::string_view advice(letter_state s) {
    switch (s) {
        case letter_state::in_doubt:
            return "Nobody knows whether it arrived. Look for the message in the log of the mail server, then say "
                   "`dormouse letters resolve ID --sent`, `--again` or `--never`.";
        case letter_state::failed: return "If the cause is gone: `dormouse letters resolve ID --again`.";
        case letter_state::suppressed:
            return "If the address may get letters again: `dormouse letters unsuppress ADDRESS`, then `dormouse "
                   "letters resolve ID --again`.";
        default: return {};
    }
}

}  // namespace

json::object to_json(const site::reminder& r) {
    return {{"id", r.id},
            {"user_id", r.what.user_id},
            {"term_id", r.what.term_id},
            {"lapse", r.what.lapse},
            {"stage", to_string(r.what.stage)},
            {"state", to_string(r.state)},
            {"reason", r.reason},
            {"attempts", r.attempts},
            {"subject", r.subject},
            {"message_id", r.message_id},
            {"queue_id", r.queue_id},
            {"address_hash", r.address_hash},
            {"due_at", base::to_iso8601(r.due_at)},
            {"sent_at", time_or_null(r.sent_at)},
            {"lease_until", time_or_null(r.lease_until)},
            {"created_at", base::to_iso8601(r.created_at)},
            {"updated_at", base::to_iso8601(r.updated_at)}};
}

json::object to_json(const site::suppression& s) {
    return {{"address_hash", s.address_hash},
            {"reason", s.reason},
            {"note", s.note},
            {"created_at", base::to_iso8601(s.created_at)}};
}

json::object to_json(const scheduler::simulated_letter& l) {
    return {{"day", text_of(l.day)},
            {"user_id", l.what.user_id},
            {"term_id", l.what.term_id},
            {"lapse", l.what.lapse},
            {"stage", to_string(l.what.stage)}};
}

void print_letters(std::ostream& out, const std::vector<site::reminder>& rows) {
    table t{{{"ID", align::right},
             {"STATE"},
             {"STAGE"},
             {"USER", align::right},
             {"LEVEL", align::right},
             {"LAPSE"},
             {"DUE"},
             {"SENT"},
             {"REASON"}}};
    for (const auto& r : rows)
        t.add({std::to_string(r.id), std::string{to_string(r.state)}, std::string{to_string(r.what.stage)},
               user_of(r.what), std::to_string(r.what.term_id), r.what.lapse, base::to_iso8601(r.due_at),
               r.sent_at ? base::to_iso8601(*r.sent_at) : "-", r.reason});
    t.print(out, stdout_is_terminal());
}

void print_letter(std::ostream& out, const site::reminder& r, std::string_view job_id) {
    table t{{{"LETTER"}, {std::to_string(r.id)}}};
    const auto line = [&](std::string name, std::string value) {
        if (!value.empty()) t.add({std::move(name), std::move(value)});
    };
    line("state", std::string{to_string(r.state)});
    line("reason", r.reason);
    line("stage", std::string{to_string(r.what.stage)});
    line("user", user_of(r.what));
    line("level", std::to_string(r.what.term_id));
    line("lapse", r.what.lapse);
    line("due", base::to_iso8601(r.due_at));
    line("sent", r.sent_at ? base::to_iso8601(*r.sent_at) : "");
    line("attempts", std::to_string(r.attempts));
    line("subject", r.subject);
    line("message id", r.message_id);
    line("queue id", r.queue_id);
    line("address", r.address_hash.empty() ? "" : "sha256 " + r.address_hash);
    line("changed", base::to_iso8601(r.updated_at));
    line("job", std::string{job_id});
    t.print(out, stdout_is_terminal());
    if (const auto words = advice(r.state); !words.empty()) out << '\n' << words << '\n';
}

void print_suppressions(std::ostream& out, const std::vector<site::suppression>& rows) {
    table t{{{"ADDRESS (SHA-256)"}, {"REASON"}, {"SINCE"}, {"NOTE"}}};
    for (const auto& s : rows) t.add({s.address_hash, s.reason, base::to_iso8601(s.created_at), s.note});
    t.print(out, stdout_is_terminal());
}

void simulation_printer::add(const std::vector<scheduler::simulated_letter>& day) {
    table t{{{"DAY"}, {"STAGE"}, {"USER", align::right}, {"LEVEL", align::right}, {"LAPSE"}}};
    for (const auto& l : day) {
        if (level_ != 0 && l.what.term_id != level_) continue;
        ++letters_;
        const auto stage = std::string{to_string(l.what.stage)};
        if (format_ == letter_format::json) {
            out_ << (std::exchange(begun_, true) ? ",\n" : "{\"letters\":[\n") << json::serialize(to_json(l));
        } else if (format_ == letter_format::csv) {
            if (!std::exchange(begun_, true)) out_ << "day,stage,user_id,term_id,lapse\n";
            out_ << text_of(l.day) << ',' << stage << ',' << l.what.user_id << ',' << l.what.term_id << ','
                 << l.what.lapse << '\n';
        } else {
            t.add({text_of(l.day), stage, user_of(l.what), std::to_string(l.what.term_id), l.what.lapse});
        }
    }
    if (format_ == letter_format::table && !t.empty()) {
        if (std::exchange(begun_, true)) out_ << '\n';
        t.print(out_, stdout_is_terminal());
    }
}

void simulation_printer::end() {
    if (format_ == letter_format::json) out_ << (begun_ ? "\n]}\n" : "{\"letters\":[]}\n");
    if (format_ == letter_format::csv && !begun_) out_ << "day,stage,user_id,term_id,lapse\n";
}

}  // namespace dormouse::cli
