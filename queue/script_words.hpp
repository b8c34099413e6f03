#pragma once
// KEYS and ARGV of one script call, gathered before their counts are known.

#include "queue/redis/script.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace dormouse::queue {

/// A value for one call. Words are views: what they point to must live until `make`.
class script_words {
public:
    /// Number of the key in the script (from 1); the same name gives the same number.
    std::size_t key(std::string name) {
        const auto [it, added] = numbers_.try_emplace(std::move(name), keys_.size() + 1);
        if (added) keys_.push_back(&it->first);
        return it->second;
    }
    void arg(std::string_view word) { args_.emplace_back(word); }
    template <redis::number N>
    void arg(N value) {
        args_.emplace_back(static_cast<std::int64_t>(value));
    }

    /// Holds a text of the moment until `make`.
    [[nodiscard]] std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

    [[nodiscard]] redis::script_call make(const redis::script& s) const {
        redis::script_call call{s, keys_.size(), args_.size(), 64 * (keys_.size() + args_.size())};
        for (const auto* name : keys_) call.key(*name);
        for (const auto& word : args_) std::visit([&](auto v) { call.arg(v); }, word);
        return call;
    }

private:
    std::unordered_map<std::string, std::size_t> numbers_;
    std::vector<const std::string*> keys_;  // nodes of the map do not move
    std::vector<std::variant<std::string_view, std::int64_t>> args_;
    std::deque<std::string> kept_;  // elements do not move
};

}  // namespace dormouse::queue
