#include "queue/redis/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace dormouse::queue::redis {

base::ms reconnect_delay(unsigned failures, base::ms least, base::ms most, base::random_source& random) {
    const auto low = static_cast<double>(least.count());
    const auto high =
        std::min(static_cast<double>(most.count()), std::ldexp(low, static_cast<int>(std::min(failures, 32U))));
    return base::ms{static_cast<base::ms::rep>(random.uniform(low, std::max(low, high)))};
}

}  // namespace dormouse::queue::redis
