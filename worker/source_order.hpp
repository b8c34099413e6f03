#pragma once
// In which order the queues are asked. Pure.

#include "config/settings.hpp"

#include <string>
#include <vector>

namespace dormouse::worker {

/// Smooth weighted round robin (as nginx does for upstreams): over any w1+…+wn calls each queue is first as often as
/// its weight says, evenly spread; the others follow by weight, so nobody starves while there is room.
class source_order {
public:
    explicit source_order(std::vector<config::served_queue> queues);

    /// Names for the next claim, first to be asked first.
    [[nodiscard]] std::vector<std::string> next();

private:
    struct entry {
        config::served_queue queue;
        int credit = 0;
    };
    std::vector<entry> entries_;
    int total_ = 0;
};

}  // namespace dormouse::worker
