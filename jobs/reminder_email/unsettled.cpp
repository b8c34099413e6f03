#include "jobs/reminder_email/unsettled.hpp"

#include "jobs/read_member.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace dormouse::jobs::reminder_email {

namespace json = boost::json;

std::string to_state(const unsettled& u) {
    return json::serialize(json::object{{"id", u.fence.id},
                                        {"owner", u.fence.owner},
                                        {"epoch", u.fence.epoch},
                                        {"state", site::to_string(u.end.state)},
                                        {"reason", u.end.reason},
                                        {"queue_id", u.end.queue_id},
                                        {"due", base::to_epoch_ms(u.end.due_at)}});
}

std::optional<unsettled> read_state(std::string_view state) {
    boost::system::error_code bad;
    const auto value = json::parse(state, bad);
    if (bad || !value.is_object()) return std::nullopt;
    const auto& o = value.get_object();
    const auto id = whole_of(o, "id");
    const auto epoch = whole_of(o, "epoch");
    const auto due = whole_of(o, "due");
    const auto known = site::parse_letter_state(text_of(o, "state"));
    if (!id || !epoch || !due || !known) return std::nullopt;
    return unsettled{.fence = {*id, std::string{text_of(o, "owner")}, *epoch},
                     .end = {.state = *known,
                             .reason = std::string{text_of(o, "reason")},
                             .queue_id = std::string{text_of(o, "queue_id")},
                             .due_at = base::from_epoch_ms(*due)}};
}

}  // namespace dormouse::jobs::reminder_email
