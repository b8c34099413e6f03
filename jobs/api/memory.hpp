#pragma once
// What a kind remembers of a job from one attempt to the next (`history.state`): how often something has happened, and
// since when. A state that cannot be read is an empty one: losing a counter is better than losing a job. Pure.

#include "base/clock.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::api {

class memory {
public:
    explicit memory(std::string_view state = {});

    /// 0 if it never happened.
    [[nodiscard]] int count(std::string_view what) const noexcept;
    /// It happened once more; how often now.
    int add(std::string_view what);

    [[nodiscard]] std::optional<base::time_ms> time(std::string_view what) const noexcept;
    /// When it began: remembered, or `now` if it begins now.
    base::time_ms since(std::string_view what, base::time_ms now);

    void forget(std::string_view what) { facts_.erase(what); }

    /// For `outcome.state`; empty if there is nothing to remember.
    [[nodiscard]] std::string state() const;

private:
    boost::json::object facts_;
};

}  // namespace dormouse::jobs::api
