#include "jobs/api/memory.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>

namespace dormouse::jobs::api {

namespace {

constexpr std::int64_t highest_count = 1'000'000;

std::int64_t number_of(const boost::json::object& facts, std::string_view what) noexcept {
    const auto* v = facts.if_contains(what);
    return v != nullptr && v->is_int64() ? std::max<std::int64_t>(v->get_int64(), 0) : 0;
}

}  // namespace

memory::memory(std::string_view state) {
    boost::system::error_code bad;
    auto value = boost::json::parse({state.data(), state.size()}, bad);
    if (!bad && value.is_object()) facts_ = std::move(value.get_object());
}

int memory::count(std::string_view what) const noexcept {
    return static_cast<int>(std::min(number_of(facts_, what), highest_count));
}

int memory::add(std::string_view what) {
    const int n = count(what) + 1;
    facts_[what] = n;
    return n;
}

std::optional<base::time_ms> memory::time(std::string_view what) const noexcept {
    const auto at = number_of(facts_, what);
    return at > 0 ? std::optional{base::from_epoch_ms(at)} : std::nullopt;
}

base::time_ms memory::since(std::string_view what, base::time_ms now) {
    if (const auto began = time(what)) return *began;
    facts_[what] = base::to_epoch_ms(now);
    return now;
}

std::string memory::state() const { return facts_.empty() ? std::string{} : boost::json::serialize(facts_); }

}  // namespace dormouse::jobs::api
