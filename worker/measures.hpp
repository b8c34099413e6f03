#pragma once
// Plain counters for a hot path of 100,000 jobs a second on one thread: no locks, no atomics, no allocation after the
// first sight of a label. They become Prometheus families only when somebody asks (prometheus-cpp's own Histogram
// takes a mutex and an atomic loop per observation, several times the cost; see tests/bench/metrics_bench.cpp).
// Used on the event loop only.

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dormouse::worker {

/// How many values of one label are told apart; a scrape must stay small whatever strangers enqueue.
inline constexpr std::size_t most_label_values = 64;

/// The value that stands for all others.
inline constexpr std::string_view other_label = "other";

/// Fit to be shown as a label: 1 to 64 characters of `[A-Za-z0-9_.:-]`.
[[nodiscard]] bool is_plain_label(std::string_view value) noexcept;

/// One `Child` per value of a label. Values beyond the bound, and odd ones, share the child `other`. References stay
/// valid as long as the object lives.
template <class Child>
class by_label {
public:
    /// Every child starts as a copy of `fresh`.
    by_label() : by_label{Child{}} {}
    explicit by_label(Child fresh) : fresh_{std::move(fresh)}, other_{fresh_} {}

    [[nodiscard]] Child& operator[](std::string_view value) {
        const auto found = children_.find(value);
        if (found != children_.end()) return found->second;
        if (children_.size() >= most_label_values || !is_plain_label(value)) return stray();
        return children_.emplace(value, fresh_).first->second;
    }

    /// Calls `f(label value, child)` in the order of the values; `other` last, and only if it was ever needed.
    template <class F>
    void each(F&& f) const {
        for (const auto& [value, child] : children_) f(std::string_view{value}, child);
        if (strayed_) f(other_label, other_);
    }

private:
    [[nodiscard]] Child& stray() noexcept {
        strayed_ = true;
        return other_;
    }

    std::map<std::string, Child, std::less<>> children_;
    Child fresh_;
    Child other_;
    bool strayed_ = false;
};

/// Durations sorted into buckets.
class histogram {
public:
    using duration = std::chrono::nanoseconds;

    /// `bounds`: upper bounds, inclusive, ascending, of static storage.
    explicit histogram(std::span<const duration> bounds) : bounds_{bounds}, counts_(bounds.size() + 1) {}

    /// Negative values (two clocks that disagree) count as zero.
    void observe(duration value) noexcept;

    [[nodiscard]] prometheus::ClientMetric collect() const;

private:
    std::span<const duration> bounds_;
    std::vector<std::uint64_t> counts_;  ///< Per bucket, not cumulative; the last one is above all bounds.
    double seconds_ = 0;
};

using labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// Families, filled line by line: `family f{...}; f.add({{"kind", k}}, 3);`
class family {
public:
    family(std::string_view name, prometheus::MetricType type, std::string_view help);

    /// For counters and gauges.
    void add(const labels& l, double value);
    void add(const labels& l, std::uint64_t value) { add(l, static_cast<double>(value)); }
    void add(const labels& l, const histogram& h);

    [[nodiscard]] prometheus::MetricFamily take() && { return std::move(family_); }

private:
    prometheus::MetricFamily family_;
};

/// A family of one value without labels.
[[nodiscard]] prometheus::MetricFamily single(std::string_view name, prometheus::MetricType type, std::string_view help,
                                              double value);

}  // namespace dormouse::worker
