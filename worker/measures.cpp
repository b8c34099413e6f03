#include "worker/measures.hpp"

#include <algorithm>
#include <limits>

namespace dormouse::worker {

bool is_plain_label(std::string_view value) noexcept {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-";
    return !value.empty() && value.size() <= 64 && value.find_first_not_of(allowed) == std::string_view::npos;
}

void histogram::observe(duration value) noexcept {
    value = std::max(value, duration::zero());
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    ++counts_[static_cast<std::size_t>(bucket)];
    seconds_ += std::chrono::duration<double>(value).count();
}

prometheus::ClientMetric histogram::collect() const {
    prometheus::ClientMetric out;
    auto& shown = out.histogram;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        shown.sample_count += counts_[i];
        const double bound = i < bounds_.size() ? std::chrono::duration<double>(bounds_[i]).count()
                                                : std::numeric_limits<double>::infinity();
        shown.bucket.push_back({.cumulative_count = shown.sample_count, .upper_bound = bound});
    }
    shown.sample_sum = seconds_;
    return out;
}

namespace {
void put_labels(prometheus::ClientMetric& metric, const labels& l) {
    for (const auto& [name, value] : l)
        metric.label.push_back({.name = std::string{name}, .value = std::string{value}});
}
}  // namespace

family::family(std::string_view name, prometheus::MetricType type, std::string_view help) {
    family_.name = name;
    family_.type = type;
    family_.help = help;
}

void family::add(const labels& l, double value) {
    prometheus::ClientMetric metric;
    put_labels(metric, l);
    if (family_.type == prometheus::MetricType::Counter)
        metric.counter.value = value;
    else
        metric.gauge.value = value;
    family_.metric.push_back(std::move(metric));
}

void family::add(const labels& l, const histogram& h) {
    auto metric = h.collect();
    put_labels(metric, l);
    family_.metric.push_back(std::move(metric));
}

prometheus::MetricFamily single(std::string_view name, prometheus::MetricType type, std::string_view help,
                                double value) {
    family f{name, type, help};
    f.add({}, value);
    return std::move(f).take();
}

}  // namespace dormouse::worker
