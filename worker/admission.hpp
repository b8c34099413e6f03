#pragma once
// What becomes of an envelope: ready, scheduled, or quarantined with a reason (promise 6). Pure.

#include "base/ulid.hpp"
#include "config/settings.hpp"
#include "jobs/registry.hpp"
#include "queue/broker.hpp"
#include "queue/envelope.hpp"

#include <string_view>

namespace dormouse::worker {

/// The rules of one site, ready to be applied. Lives on one event loop.
class admission_desk {
public:
    admission_desk(const config::settings& settings, const jobs::registry& kinds);

    struct decision {
        queue::admission admission;
        bool needs_id = false;          ///< The producer gave none: stamp the envelope with `admission.id` first.
        std::string kind;               ///< Empty if the envelope could not be read.
        std::optional<queue::job> job;  ///< If it becomes ready.
        std::string reason;             ///< Quarantine only: a stable word,
        std::string detail;             ///< and a sentence; never quotes args.
    };

    /// `now` is Redis time; `new_id` is asked where the envelope has no id, or none that can be trusted.
    [[nodiscard]] decision decide(std::string_view envelope, base::time_ms now,
                                  std::string (*new_id)(base::time_ms) = base::make_ulid) const;

private:
    queue::keyring keys_;
    queue::admission_rules rules_;
    const jobs::registry* kinds_;
};

}  // namespace dormouse::worker
