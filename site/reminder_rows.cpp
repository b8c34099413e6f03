#include "site/reminder_rows.hpp"

namespace dormouse::site {

namespace {

std::optional<base::time_ms> time_at(const row& r, std::size_t column) {
    const auto ms = r.number(column);
    return ms ? std::optional{base::from_epoch_ms(*ms)} : std::nullopt;
}

[[noreturn]] void unknown_word(const char* column, const row& r, const std::string& word) {
    throw base::failure{{base::errc::protocol, "dormouse_reminder." + std::string{column} + " of row " + r.text(0) +
                                                   ": unknown '" + word + "'; a newer Dormouse may have written it"}};
}

reminder reminder_of(const row& r) {
    reminder out;
    out.id = r.number(0).value_or(0);
    out.what.user_id = r.number(1).value_or(0);
    out.what.term_id = r.number(2).value_or(0);
    out.what.lapse = r.text(3);
    const auto stage = parse_letter_stage(r.text(4));
    if (!stage) unknown_word("stage", r, r.text(4));
    out.what.stage = *stage;
    const auto state = parse_letter_state(r.text(5));
    if (!state) unknown_word("state", r, r.text(5));
    out.state = *state;
    out.reason = r.text(6);
    out.address_hash = r.text(7);
    out.message_id = r.text(8);
    out.subject = r.text(9);
    out.content_hash = r.text(10);
    out.epoch = r.number(11).value_or(0);
    out.owner = r.text(12);
    out.lease_until = time_at(r, 13);
    out.attempts = static_cast<int>(r.number(14).value_or(0));
    out.queue_id = r.text(15);
    out.due_at = time_at(r, 16).value_or(base::time_ms{});
    out.sent_at = time_at(r, 17);
    out.created_at = time_at(r, 18).value_or(base::time_ms{});
    out.updated_at = time_at(r, 19).value_or(base::time_ms{});
    return out;
}

}  // namespace

std::string select_reminders(const std::string& table) {
    return "SELECT id, user_id, term_id, lapse, stage, state, reason, address_hash, message_id, subject, content_hash, "
           "epoch, owner, lease_until, attempts, queue_id, due_at, sent_at, created_at, updated_at FROM `" +
           table + "` ";
}

std::vector<reminder> reminders_of(const std::vector<row>& rows) {
    std::vector<reminder> out;
    out.reserve(rows.size());
    for (const auto& r : rows) out.push_back(reminder_of(r));
    return out;
}

std::string in_states(std::initializer_list<letter_state> states) {
    std::string out;
    for (const auto s : states) out.append(out.empty() ? "'" : ", '").append(to_string(s)).append("'");
    return out;
}

}  // namespace dormouse::site
