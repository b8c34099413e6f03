#include "admin/families.hpp"

#include <prometheus/text_serializer.h>

#include <iterator>
#include <map>

namespace dormouse::admin {

family::family(std::string_view name, prometheus::MetricType type, std::string_view help) {
    family_.name = name;
    family_.type = type;
    family_.help = help;
}

void family::add(const labels& l, double value) {
    prometheus::ClientMetric metric;
    for (const auto& [name, text] : l) metric.label.push_back({.name = std::string{name}, .value = std::string{text}});
    if (family_.type == prometheus::MetricType::Counter)
        metric.counter.value = value;
    else
        metric.gauge.value = value;
    family_.metric.push_back(std::move(metric));
}

prometheus::MetricFamily single(std::string_view name, prometheus::MetricType type, std::string_view help,
                                double value) {
    family f{name, type, help};
    f.add({}, value);
    return std::move(f).take();
}

std::string to_text(families all) {
    families merged;
    std::map<std::string, std::size_t, std::less<>> places;
    for (auto& f : all) {
        const auto [place, is_new] = places.try_emplace(f.name, merged.size());
        if (is_new) {
            merged.push_back(std::move(f));
            continue;
        }
        auto& into = merged[place->second].metric;
        into.insert(into.end(), std::make_move_iterator(f.metric.begin()), std::make_move_iterator(f.metric.end()));
    }
    return prometheus::TextSerializer{}.Serialize(merged);
}

}  // namespace dormouse::admin
