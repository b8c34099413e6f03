#include "scheduler/reminders/letter_job.hpp"

#include "queue/derived_id.hpp"
#include "queue/envelope.hpp"

#include <algorithm>

namespace dormouse::scheduler {

namespace {
constexpr auto kind = "reminder-email";
}

queue::job job_of(const config::settings& s, const site::reminder& letter, base::time_ms now,
                  std::span<const site::opening> openings) {
    queue::job j;
    j.id = queue::derived_id(letter.created_at, "dormouse.reminder\n" + s.site.name + "\n" + std::to_string(letter.id));
    j.kind = kind;
    j.site = s.site.name;
    j.args = {{"reminder", letter.id}};
    j.queue = s.scheduler.reminders.queue;
    j.issued_at = now;
    if (letter.due_at > now) j.at = letter.due_at;
    if (openings.empty()) return j;
    auto& list = j.args["openings"].emplace_array();
    for (const auto& o : openings) list.push_back({base::to_epoch_ms(o.from), base::to_epoch_ms(o.to)});
    return j;
}

base::result<std::string> envelope_of(const config::settings& s, const site::reminder& letter, base::time_ms now,
                                      std::span<const site::opening> openings, std::string id) {
    auto job = job_of(s, letter, now, openings);
    if (!id.empty()) job.id = std::move(id);
    auto text = queue::to_json(job);
    const auto& keys = s.queue.signing_keys;
    const auto may = std::ranges::find_if(keys, [](const config::signing_key& k) {
        return k.kinds.empty() || std::ranges::find(k.kinds, kind) != k.kinds.end();
    });
    if (may != keys.end()) return queue::sign_envelope(text, may->id, may->key);
    if (s.queue.allow_unsigned) return text;
    return base::error{base::errc::invalid_argument,
                       std::string{"none of queue.signing_keys may enqueue "} + kind + ": add it to the kinds of one"};
}

}  // namespace dormouse::scheduler
