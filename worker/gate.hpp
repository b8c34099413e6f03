#pragma once
// Who may be called now: the breakers of all targets, the retry budgets of their hosts, and whether an outage is ours
// (spec 3-jobs B0.5). It decides, the worker acts. Pure: every `now` is a parameter.

#include "base/random.hpp"
#include "queue/job.hpp"
#include "queue/outcome.hpp"
#include "worker/breaker.hpp"
#include "worker/outage.hpp"
#include "worker/retry_budget.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dormouse::worker {

struct gate_rules {
    breaker_rules breaker{};
    retry_rules retry{};
    outage_rules outage{};
    double retry_share = 0.5;  ///< Of the slots, for retries of jobs with a target.
    /// A refused retry comes again after so long, doubled for each earlier defer of the job up to the second.
    base::ms refused_first = std::chrono::milliseconds{500};
    base::ms refused_most = std::chrono::seconds{30};
    base::ms outage_spread = std::chrono::seconds{10};  ///< What an outage of ours hit comes back over this time.
    int outage_defers = 100;  ///< A job deferred so often spends attempts again: perhaps its targets are all dead.
    base::ms abandoned_after = std::chrono::hours{1};  ///< Unused after its pause, an open target is forgotten.
};

/// Not thread-safe.
class gate {
public:
    using instant = std::chrono::steady_clock::time_point;
    /// Targets remembered; beyond that, unknown ones have no breaker.
    static constexpr std::size_t most_targets = 4'096;

    gate(int slots, gate_rules rules);
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;

    /// A retry that must not start now: again after `wait`, without spending an attempt.
    struct refusal {
        std::string_view reason{};  ///< `retry_budget` or `retry_share`.
        base::ms wait{0};
    };
    /// Asked for a job whose target has places, right before `start`. A retry that is not refused has taken its part of
    /// the budget; first tries and probes are never refused. `now_ms` is Redis time, as in the history.
    [[nodiscard]] std::optional<refusal> refuse(const std::string& target, const queue::history& past,
                                                base::time_ms now_ms, instant now, base::random_source& random);

    /// How many more attempts the target takes; `breaker::unlimited` while nothing is wrong with it.
    [[nodiscard]] int places(const std::string& target, instant now) const;

    /// What an attempt holds while it runs. Empty for jobs without a target.
    struct pass {
        std::string target{};
        std::optional<breaker::ticket> ticket{};  ///< Empty: there was no room to remember the target.
        bool is_retry = false;
    };
    /// A breaker that has changed its state, for the log and the metrics.
    struct change {
        std::string target;
        breaker_state state;
        base::ms pause{0};  ///< open: for so long.
    };
    struct started {
        gate::pass pass;
        std::optional<change> breaker;
    };
    [[nodiscard]] started start(const std::string& target, const queue::history& past, instant now);

    /// What the end of an attempt taught.
    struct lesson {
        std::optional<change> breaker;
        outage::change outage = outage::change::none;
        std::optional<base::ms> ours;  ///< The failure is ours: defer for so long, count it against nobody.
    };
    /// The attempt ended; without an outcome of its handler only its place is free again.
    [[nodiscard]] lesson end(const pass& p, const queue::history& past, const queue::outcome* o, instant now,
                             base::random_source& random);

    /// What time alone brought: an outage is over, targets are forgotten.
    struct passed {
        outage::change outage = outage::change::none;
        std::map<std::string, std::set<std::string>> forgotten;  ///< That were not closed, with the lanes they held.
    };
    [[nodiscard]] passed look(instant now);

    /// A lane whose jobs wait for the target; forgotten when its breaker closes.
    void hold(const std::string& target, const std::string& lane);
    [[nodiscard]] std::set<std::string> lanes_of(const std::string& target) const;
    /// Forgets them.
    void release(const std::string& target);

    /// Targets whose pause has ended since the last call, and when the next one will end.
    [[nodiscard]] std::vector<std::string> due(instant now);
    [[nodiscard]] std::optional<instant> next_due() const;

    [[nodiscard]] breaker_state state_of(const std::string& target) const;
    [[nodiscard]] std::size_t not_closed() const noexcept { return not_closed_; }
    [[nodiscard]] std::size_t known() const noexcept { return targets_.size(); }
    [[nodiscard]] int retries_running() const noexcept { return retries_running_; }

private:
    struct record {
        breaker fuse;
        std::string host{};
        std::set<std::string> lanes{};
    };
    [[nodiscard]] record* remember(const std::string& target, instant now);
    [[nodiscard]] const std::string& host_of(const std::string& target) const;
    [[nodiscard]] base::ms wait_of_refused(const queue::history& past, base::random_source& random) const;
    [[nodiscard]] outage::change watch(const queue::outcome& o, instant now);
    [[nodiscard]] std::optional<base::ms> time_if_ours(const queue::outcome& o, const queue::history& past, instant now,
                                                       base::random_source& random) const;
    [[nodiscard]] std::optional<change> teach(record& r, const pass& p, queue::health found, instant now);
    void forget_ordinary(instant now);

    gate_rules rules_;
    int most_retries_;
    int retries_running_ = 0;
    std::size_t not_closed_ = 0;
    retry_budget budget_;
    outage outage_;
    std::unordered_map<std::string, record> targets_;
    std::multimap<instant, std::string> pauses_;  // ends of pauses that nobody was told of yet
    instant forgot_at_{};
};

}  // namespace dormouse::worker
