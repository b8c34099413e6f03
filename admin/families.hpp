#pragma once
// Prometheus families made for one scrape, from numbers that others keep.

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dormouse::admin {

using families = std::vector<prometheus::MetricFamily>;
using labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// A family of counters or gauges, filled line by line: `family f{...}; f.add({{"queue", q}}, 3.0);`
class family {
public:
    family(std::string_view name, prometheus::MetricType type, std::string_view help);

    void add(const labels& l, double value);
    void add(const labels& l, std::uint64_t value) { add(l, static_cast<double>(value)); }

    [[nodiscard]] prometheus::MetricFamily take() && { return std::move(family_); }

private:
    prometheus::MetricFamily family_;
};

/// A family of one value without labels.
[[nodiscard]] prometheus::MetricFamily single(std::string_view name, prometheus::MetricType type, std::string_view help,
                                              double value);

/// Text format 0.0.4. Families of the same name, from several sources, become one.
[[nodiscard]] std::string to_text(families all);

}  // namespace dormouse::admin
