#include "cli/enqueue_job.hpp"

#include "base/ulid.hpp"
#include "cli/values.hpp"
#include "queue/envelope.hpp"

#include <algorithm>

namespace dormouse::cli {

namespace {

using namespace std::chrono_literals;

base::error wrong(std::string text) { return {base::errc::invalid_argument, std::move(text)}; }

base::result<void> check_names(const job_words& w) {
    if (!queue::is_valid_kind(w.kind))
        return wrong("KIND: expected 1 to 64 characters of a-z, 0-9 and -, a letter first, got '" + w.kind + "'");
    if (!queue::is_valid_queue(w.queue))
        return wrong("--queue: expected 1 to 32 characters of a-z, 0-9, _ and -, got '" + w.queue + "'");
    if (!w.key.empty() && !queue::is_valid_key(w.key))
        return wrong("--key: expected at most 200 bytes without control characters");
    return {};
}

base::result<void> read_times(const job_words& w, base::time_ms now, queue::job& j) {
    if (!w.at.empty()) {
        const auto at = read_time("--at", w.at);
        if (!at) return at.error();
        j.at = *at;
    }
    if (!w.in.empty()) {
        const auto in = read_duration("--in", w.in);
        if (!in) return in.error();
        j.at = now + *in;
    }
    if (!w.timeout.empty()) {
        const auto timeout = read_duration("--timeout", w.timeout);
        if (!timeout) return timeout.error();
        if (*timeout < 1s || *timeout > 1h || *timeout % 1s != 0s)
            return wrong("--timeout: expected whole seconds from 1s to 1h, got '" + w.timeout + "'");
        j.timeout = *timeout;
    }
    return {};
}

base::result<queue::job> read_job(const job_words& w, const config::settings& settings, base::time_ms now,
                                  std::istream& input) {
    if (auto ok = check_names(w); !ok) return base::fail(std::move(ok));
    queue::job j;
    j.id = base::make_ulid(now);
    j.kind = w.kind;
    j.site = settings.site.name;
    j.key = w.key;
    j.queue = w.queue;
    j.max_attempts = w.max_attempts;
    j.issued_at = now;
    const auto priority = read_priority(w.priority);
    if (!priority) return priority.error();
    j.priority = *priority;
    if (auto ok = read_times(w, now, j); !ok) return base::fail(std::move(ok));
    auto args = read_args(w.args, input);
    if (!args) return base::fail(std::move(args));
    j.args = std::move(*args);
    return j;
}

/// Null: unsigned, which admission accepts here.
base::result<const config::signing_key*> choose_key(const config::queue_settings& q, const std::string& id,
                                                    const std::string& kind) {
    const auto& all = q.signing_keys;
    const auto may = [&](const config::signing_key& k) {
        return k.kinds.empty() || std::find(k.kinds.begin(), k.kinds.end(), kind) != k.kinds.end();
    };
    if (!id.empty()) {
        const auto it = std::find_if(all.begin(), all.end(), [&](const auto& k) { return k.id == id; });
        if (it == all.end()) return wrong("--key-id: queue.signing_keys has no key '" + id + "'");
        if (!may(*it)) return wrong("--key-id: the key '" + id + "' may not enqueue " + kind);
        return &*it;
    }
    const auto it = std::find_if(all.begin(), all.end(), may);
    if (it != all.end()) return &*it;
    if (q.allow_unsigned) return nullptr;
    return wrong("none of queue.signing_keys may enqueue " + kind);
}

}  // namespace

base::result<signed_job> make_signed_job(const job_words& words, const std::string& key_id,
                                         const config::settings& settings, base::time_ms now, std::istream& input) {
    const auto job = read_job(words, settings, now, input);
    if (!job) return job.error();
    const auto key = choose_key(settings.queue, key_id, job->kind);
    if (!key) return key.error();
    auto envelope = queue::to_json(*job);
    if (*key != nullptr) envelope = queue::sign_envelope(envelope, (*key)->id, (*key)->key);

    const queue::keyring keys{settings.queue.signing_keys};
    const queue::admission_rules rules{settings.site.name, settings.queue.allow_unsigned,
                                       static_cast<std::size_t>(settings.queue.max_envelope_bytes)};
    if (const auto judged = queue::read_envelope(envelope, keys, rules, now); !judged)
        return wrong("this job would be refused: " + judged.error().reason + ": " + judged.error().detail);
    return signed_job{job->id, std::move(envelope)};
}

}  // namespace dormouse::cli
