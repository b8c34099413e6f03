#include "worker/admission.hpp"

#include "queue/history.hpp"

namespace dormouse::worker {

namespace {

admission_desk::decision quarantine(std::string id, std::string reason, std::string detail, base::time_ms now) {
    admission_desk::decision d;
    d.admission.what = queue::admission::verb::dead;
    d.admission.id = std::move(id);
    d.admission.text = queue::to_json(queue::as_dead({}, reason, detail, now));
    d.reason = std::move(reason);
    d.detail = std::move(detail);
    return d;
}

// The jobs behind `then`: a chain must not break where its author can do nothing about it any more.
std::optional<queue::rejection> objection_to_followers(const queue::job& first, const jobs::registry& kinds) {
    std::string path;
    for (const auto* j = first.then.get(); j != nullptr; j = j->then.get()) {
        path += "then.";
        const auto* handler = kinds.find(j->kind);
        if (handler == nullptr)
            return queue::rejection{"unknown_kind", path + "kind: this worker has no kind " + j->kind};
        if (auto ok = handler->check(j->args); !ok) return queue::rejection{"bad_args", path + ok.error().detail};
    }
    return std::nullopt;
}

}  // namespace

admission_desk::admission_desk(const config::settings& settings, const jobs::registry& kinds)
    : keys_{settings.queue.signing_keys},
      rules_{settings.site.name, settings.queue.allow_unsigned, settings.queue.max_envelope_bytes},
      kinds_{&kinds} {}

admission_desk::decision admission_desk::decide(std::string_view envelope, base::time_ms now,
                                                std::string (*new_id)(base::time_ms)) const {
    auto read = queue::read_envelope(envelope, keys_, rules_, now);
    // An envelope that proves nothing may not choose its id either: it could shadow a real job.
    if (!read) return quarantine(new_id(now), read.error().reason, read.error().detail, now);
    auto& job = *read;
    const bool needs_id = job.id.empty();
    if (needs_id) job.id = new_id(now);

    const auto reject = [&](std::string reason, std::string detail) {
        auto d = quarantine(job.id, std::move(reason), std::move(detail), now);
        d.kind = job.kind;
        d.needs_id = needs_id;
        return d;
    };
    const auto* handler = kinds_->find(job.kind);
    if (handler == nullptr) return reject("unknown_kind", "this worker has no kind " + job.kind);
    if (auto ok = handler->check(job.args); !ok) return reject("bad_args", ok.error().detail);
    if (auto no = objection_to_followers(job, *kinds_)) return reject(std::move(no->reason), std::move(no->detail));

    decision d;
    const bool later = job.at && *job.at > now;
    d.admission.what = later ? queue::admission::verb::later : queue::admission::verb::ready;
    d.admission.id = job.id;
    d.admission.queue = job.queue;
    d.admission.priority = job.priority;
    d.admission.key = job.key;
    if (later) d.admission.due = *job.at;
    d.needs_id = needs_id;
    d.kind = job.kind;
    if (!later) d.job = std::move(job);
    return d;
}

}  // namespace dormouse::worker
