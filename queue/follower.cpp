#include "queue/follower.hpp"

#include "base/ulid.hpp"
#include "queue/derived_id.hpp"

namespace dormouse::queue {

std::string follower_id(std::string_view parent) {
    return derived_id(base::ulid_time(parent), "dormouse.then\n" + std::string{parent});
}

job follower_of(const job& parent, base::time_ms now) {
    auto next = *parent.then;
    next.id = follower_id(parent.id);
    next.site = parent.site;
    next.trace = parent.trace;
    next.issued_at = now;
    return next;
}

}  // namespace dormouse::queue
